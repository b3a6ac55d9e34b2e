"""Sending by SMPP: one bind for each message, since codes are few, and no connection can go stale in between."""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from services.verify.senders.port import Callback, Channel, CodeMessage, Delivery, NotSent, Unclear, Untrusted
from services.verify.senders.smpp.wire import (
    BIND_TRANSMITTER,
    SUBMIT_SM,
    UNBIND,
    Pdu,
    bind_body,
    c_text,
    exchange,
)

PATIENCE_S: Final = 8.0
_UCS2: Final = 8
_REASONS: Final = {
    0x0B: "number",
    0x0D: "authentication",
    0x0E: "authentication",
    0x14: "queue-full",
    0x58: "throttled",
}


@dataclass(frozen=True, slots=True)
class SmppSender:
    """Text messages by SMPP. It drops no repetition: sent at most once. `reports`: a receipt is asked for."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    source: str
    sms_vnd: int
    name: str = "smpp"
    channels: Sequence[Channel] = ("sms",)
    idempotent: bool = False
    reports: bool = True

    @classmethod
    def of_url(cls, url: str, password: str, sms_vnd: int, *, reports: bool = True) -> "SmppSender":
        """From `smpp://system_id@host:port/source`. Raises ValueError where it is none."""
        parts = urlsplit(url)
        if parts.scheme != "smpp" or not parts.hostname or not parts.username:
            raise ValueError("SMPP_URL must be smpp://system_id@host:port/source.")
        source = parts.path.strip("/")
        return cls(
            parts.hostname, parts.port or 2775, parts.username, password, source, sms_vnd, reports=reports
        )

    def price_vnd(self, channel: Channel) -> int:
        """As agreed with the carrier."""
        return self.sms_vnd

    async def send(self, message: CodeMessage) -> str:
        """The carrier's message_id. Raises NotSent or Unclear."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_connection(self.host, self.port)
        except (OSError, TimeoutError) as error:
            raise NotSent("unreachable") from error
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._submitted(reader, writer, message)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError, struct.error) as error:
            raise Unclear(type(error).__name__) from error
        finally:
            writer.close()

    async def balance_vnd(self) -> int | None:
        """The protocol knows none."""
        return None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """Its receipts come by SMPP (see `hear_receipts`), nothing by HTTP."""
        raise Untrusted

    async def _submitted(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: CodeMessage
    ) -> str:
        bind = bind_body(self.system_id, self.password)
        status, _ = await exchange(reader, writer, BIND_TRANSMITTER, 1, bind)
        if status:
            raise NotSent(_REASONS.get(status, f"bind-{status:x}"))
        status, body = await exchange(reader, writer, SUBMIT_SM, 2, self._message(message))
        if status:
            raise NotSent(_REASONS.get(status, f"submit-{status:x}"), of_message=status == 0x0B)
        writer.write(Pdu(UNBIND, 0, 3).packed())
        await writer.drain()
        return body.split(b"\0", 1)[0].decode("ascii", "replace")

    def _message(self, message: CodeMessage) -> bytes:
        text = message.text.encode("utf-16-be")[:254]
        return (
            c_text("")
            + b"\x05\0"
            + c_text(self.source)
            + b"\x01\x01"
            + c_text(message.to.removeprefix("+"))
            + b"\0\0\0"
            + c_text("")
            + c_text("")
            + bytes((self.reports, 0, _UCS2, 0, len(text)))
            + text
        )
