"""The development sender: codes become files instead of messages. It holds numbers and codes in clear by purpose."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from services.verify.senders.port import (
    CHANNELS,
    Callback,
    Channel,
    CodeMessage,
    Delivery,
    Invitation,
    NotSent,
    Untrusted,
)

_WRITTEN: Final = ("verification_id", "to", "channel", "locale", "text", "code", "sent_at")


@dataclass(frozen=True, slots=True)
class OutboxSender:
    """Writes `<verification_id>.json` (and `-2`, `-3`, ... for repetitions) into `folder`, whole or not at all."""

    folder: Path
    prices: Mapping[Channel, int]
    """VND a message, as a carrier would ask for it."""
    name: str = "outbox"
    channels: Sequence[Channel] = CHANNELS
    idempotent: bool = True
    reports: bool = False

    def price_vnd(self, channel: Channel) -> int:
        """What a carrier would ask."""
        return self.prices[channel]

    async def send(self, message: CodeMessage) -> str:
        """The file's name. Raises NotSent where the file cannot be written."""
        try:
            return await asyncio.to_thread(self._write_message, message)
        except OSError as error:
            raise NotSent("unwritable") from error

    async def invite(self, invitation: Invitation) -> None:
        """`invitation-<key>.json`. Raises NotSent where the file cannot be written."""
        try:
            await asyncio.to_thread(self._write, f"invitation-{invitation.key}", invitation._asdict())
        except OSError as error:
            raise NotSent("unwritable") from error

    async def balance_vnd(self) -> int | None:
        """Files cost nothing."""
        return None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """Nobody reports for a folder."""
        raise Untrusted

    def _write_message(self, message: CodeMessage) -> str:
        suffix = f"-{message.attempt}" if message.attempt > 1 else ""
        content = {name: getattr(message, name) for name in _WRITTEN}
        return self._write(f"{message.verification_id}{suffix}", content)

    def _write(self, name: str, content: Mapping[str, object]) -> str:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{name}.json"
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(content))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return path.name
