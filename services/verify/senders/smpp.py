"""SMPP 3.4: a carrier's own gateway. One bind for each message: codes are few, and nothing is kept open."""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from services.verify.senders.port import Callback, Channel, CodeMessage, Delivery, NotSent, Unclear, Untrusted

PATIENCE_S: Final = 8.0
BIND_TRANSMITTER: Final = 0x00000002
SUBMIT_SM: Final = 0x00000004
UNBIND: Final = 0x00000006
RESPONSE: Final = 0x80000000
_HEADER = struct.Struct(">IIII")
_UCS2: Final = 8
_LONGEST_PDU: Final = 4096
_REASONS: Final = {
    0x0B: "number",
    0x0D: "authentication",
    0x0E: "authentication",
    0x14: "queue-full",
    0x58: "throttled",
}


@dataclass(frozen=True, slots=True)
class SmppSender:
    """Text messages by SMPP. It drops no repetition and its receipts are not read: sent at most once."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    source: str
    sms_vnd: int
    name: str = "smpp"
    channels: Sequence[Channel] = ("sms",)
    idempotent: bool = False
    reports: bool = False

    @classmethod
    def of_url(cls, url: str, password: str, sms_vnd: int) -> "SmppSender":
        """From `smpp://system_id@host:port/source`. Raises ValueError where it is none."""
        parts = urlsplit(url)
        if parts.scheme != "smpp" or not parts.hostname or not parts.username:
            raise ValueError("SMPP_URL must be smpp://system_id@host:port/source.")
        return cls(
            parts.hostname, parts.port or 2775, parts.username, password, parts.path.strip("/"), sms_vnd
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
        """Nothing of SMPP comes by HTTP."""
        raise Untrusted

    async def _submitted(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: CodeMessage
    ) -> str:
        bind = _text(self.system_id) + _text(self.password) + _text("") + b"\x34\0\0" + _text("")
        status, _ = await _exchange(reader, writer, BIND_TRANSMITTER, 1, bind)
        if status:
            raise NotSent(_REASONS.get(status, f"bind-{status:x}"))
        status, body = await _exchange(reader, writer, SUBMIT_SM, 2, self._message(message))
        if status:
            raise NotSent(_REASONS.get(status, f"submit-{status:x}"), of_message=status == 0x0B)
        writer.write(_HEADER.pack(_HEADER.size, UNBIND, 0, 3))
        await writer.drain()
        return body.split(b"\0", 1)[0].decode("ascii", "replace")

    def _message(self, message: CodeMessage) -> bytes:
        text = message.text.encode("utf-16-be")[:254]
        return (
            _text("")
            + b"\x05\0"
            + _text(self.source)
            + b"\x01\x01"
            + _text(message.to.removeprefix("+"))
            + b"\0\0\0"
            + _text("")
            + _text("")
            + b"\0\0"
            + bytes((_UCS2, 0, len(text)))
            + text
        )


def _text(value: str) -> bytes:
    return value.encode("ascii", "ignore") + b"\0"


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes
) -> tuple[int, bytes]:
    """Status and body of the response to one request; what the carrier says in between is passed over."""
    writer.write(_HEADER.pack(_HEADER.size + len(body), command, 0, sequence) + body)
    await writer.drain()
    while True:
        length, answered, status, number = _HEADER.unpack(await reader.readexactly(_HEADER.size))
        if not _HEADER.size <= length <= _LONGEST_PDU:
            raise ConnectionError("no SMPP")
        rest = await reader.readexactly(length - _HEADER.size)
        if answered == command | RESPONSE and number == sequence:
            return status, rest
