"""The development sender: codes become files instead of messages. It holds numbers and codes in clear by purpose."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.verify.senders.port import Channel, CodeMessage, NotSent


@dataclass(frozen=True, slots=True)
class OutboxSender:
    """Writes `<verification_id>.json` (and `-2`, `-3`, ... for repetitions) into `folder`, whole or not at all."""

    folder: Path
    prices: Mapping[Channel, int]
    """VND a message, as a carrier would ask for it."""

    def channel_for(self, asked: str) -> Channel:
        """`auto` is a text message."""
        return asked if asked in ("sms", "voice", "zalo") else "sms"  # type: ignore[return-value]  # narrowed by `in`

    def price_vnd(self, channel: Channel) -> int:
        """What a carrier would ask."""
        return self.prices[channel]

    async def send(self, message: CodeMessage) -> None:
        """Raises NotSent where the file cannot be written."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise NotSent("the outbox folder cannot be written") from error

    def _write(self, message: CodeMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        suffix = f"-{message.attempt}" if message.attempt > 1 else ""
        path = self.folder / f"{message.verification_id}{suffix}.json"
        draft = path.with_suffix(".draft")
        fields = {key: value for key, value in message._asdict().items() if key != "attempt"}
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(fields))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
