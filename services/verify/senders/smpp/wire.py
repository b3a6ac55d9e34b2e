"""PDUs of SMPP 3.4, as far as sending texts and hearing of them needs: section numbers are the specification's."""

import asyncio
import struct
from typing import Final, NamedTuple

BIND_RECEIVER: Final = 0x00000001
BIND_TRANSMITTER: Final = 0x00000002
SUBMIT_SM: Final = 0x00000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
ENQUIRE_LINK: Final = 0x00000015
RESPONSE: Final = 0x80000000
AGAIN: Final = 0x00000064
"""ESME_RX_T_APPN: not now; the carrier delivers the same message again later."""

_HEADER = struct.Struct(">IIII")
_LONGEST: Final = 4096


class Pdu(NamedTuple):
    """One message of the protocol."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    def packed(self) -> bytes:
        """As it goes over the wire."""
        return (
            _HEADER.pack(_HEADER.size + len(self.body), self.command, self.status, self.sequence) + self.body
        )


async def read_pdu(reader: asyncio.StreamReader) -> Pdu:
    """The next one. Raises IncompleteReadError at the end, ConnectionError for what is no SMPP."""
    length, command, status, sequence = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    if not _HEADER.size <= length <= _LONGEST:
        raise ConnectionError("no SMPP")
    return Pdu(command, status, sequence, await reader.readexactly(length - _HEADER.size))


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes
) -> tuple[int, bytes]:
    """Status and body of the response to one request; what the carrier says in between is passed over."""
    writer.write(Pdu(command, 0, sequence, body).packed())
    await writer.drain()
    while True:
        pdu = await read_pdu(reader)
        if pdu.command == command | RESPONSE and pdu.sequence == sequence:
            return pdu.status, pdu.body


def c_text(value: str) -> bytes:
    """A C-octet string."""
    return value.encode("ascii", "ignore") + b"\0"


def bind_body(system_id: str, password: str) -> bytes:
    """The body of each kind of bind (4.1.1): version 3.4, any address."""
    return c_text(system_id) + c_text(password) + c_text("") + b"\x34\0\0" + c_text("")
