"""Delivery receipts by SMPP: a receiver's bind that stays, and `deliver_sm` read as carriers write it.

A receipt is answered once it is applied, so that one which comes while we stop is delivered again; what comes twice
changes nothing.
"""

import asyncio
import re
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

import structlog

from services.verify.senders.smpp.sender import PATIENCE_S, SmppSender
from services.verify.senders.smpp.wire import (
    AGAIN,
    BIND_RECEIVER,
    DELIVER_SM,
    ENQUIRE_LINK,
    RESPONSE,
    UNBIND,
    Pdu,
    bind_body,
    exchange,
    read_pdu,
)

ENQUIRE_S: Final = 30.0
"""After so long a silence we ask whether the carrier is still there; after as long again without answer it is not."""
WAIT_S: Final = (1.0, 30.0)
"""Before binding again: doubled from the first to the last."""
TRIES: Final = 3
"""How often a receipt for a message that is not known yet is asked for again: it may overtake our own commit."""

_RECEIPT: Final = 0x04
_KIND: Final = 0x3C
"""esm_class, bits 5 to 2 (5.2.12): 0001 is a delivery receipt."""
_MESSAGE_ID, _MESSAGE_STATE = 0x001E, 0x0427
_WORDS: Final = {"DELIVRD": True, "EXPIRED": False, "DELETED": False, "UNDELIV": False, "REJECTD": False}
_STATES: Final = {2: True, 3: False, 4: False, 5: False, 8: False}
"""message_state (5.2.28); the others are not the end of a message."""
_TEXT: Final = re.compile(
    rb"\bid:\s*([0-9A-Za-z._-]{1,65})\b.*?\bstat:\s*([A-Z]{5,7})(?:.*?\berr:\s*(\w{1,5}))?", re.S
)


class Receipt(NamedTuple):
    """The end of one message, by the carrier's id of it."""

    message_id: str
    delivered: bool
    reason: str = ""

    def references(self) -> list[str]:
        """The id as it came, then as it may have been told when the message was taken.

        Carriers mix the two writings of one number: decimal in a receipt, hexadecimal in the answer before it, or the
        reverse.
        """
        told = [self.message_id]
        if self.message_id.isdigit():
            number = int(self.message_id)
            told += [str(number), f"{number:x}", f"{number:X}", f"{number:08x}", f"{number:08X}"]
        with suppress(ValueError):
            told.append(str(int(self.message_id, 16)))
        return list(dict.fromkeys(told))


Hear = Callable[[Receipt], Awaitable[bool]]
"""Applies a receipt; False where its message is not known (yet)."""


def read_receipt(body: bytes) -> Receipt | None:
    """What a `deliver_sm` says of a message that has ended; None where it is none, or says something else.

    The optional parameters win over the text, whose form the specification only suggests (appendix B). Raises
    ValueError where the body is cut short.
    """
    try:
        kind, text, parameters = _parts(body)
    except (IndexError, struct.error) as error:
        raise ValueError("a deliver_sm is cut short") from error
    if kind & _KIND != _RECEIPT:
        return None
    written = _TEXT.search(text)
    message_id = parameters.get(_MESSAGE_ID, b"").rstrip(b"\0").decode("ascii", "replace")
    state = parameters.get(_MESSAGE_STATE, b"")
    delivered = _STATES.get(state[0]) if state else _WORDS.get(written[2].decode()) if written else None
    message_id = message_id or (written[1].decode() if written else "")
    if not message_id or delivered is None:
        return None
    code = written[3].decode() if written and written[3] else ""
    return Receipt(message_id, delivered, "" if delivered else f"err-{code}" if code else "undelivered")


async def hear_receipts(sender: SmppSender, hear: Hear) -> None:
    """Stay bound as a receiver for ever; a connection that breaks is made anew."""
    wait = WAIT_S[0]
    while True:
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_connection(sender.host, sender.port)
            try:
                await _bind(reader, writer, sender)
                wait = WAIT_S[0]
                await _listen(reader, writer, hear)
            finally:
                writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            structlog.get_logger().warning("smpp receiver waits", error=type(error).__name__)
        await asyncio.sleep(wait)
        wait = min(2 * wait, WAIT_S[1])


async def _bind(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: SmppSender) -> None:
    async with asyncio.timeout(PATIENCE_S):
        body = bind_body(sender.system_id, sender.password)
        status, _ = await exchange(reader, writer, BIND_RECEIVER, 1, body)
    if status:
        raise ConnectionError(f"bind-{status:x}")


async def _listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hear: Hear) -> None:
    sequence, asked, unknown = 1, False, dict[str, int]()
    while True:
        try:
            async with asyncio.timeout(ENQUIRE_S):
                pdu = await read_pdu(reader)
        except TimeoutError:
            if asked:
                raise
            sequence, asked = sequence + 1, True
            writer.write(Pdu(ENQUIRE_LINK, 0, sequence).packed())
            continue
        asked = False
        if pdu.command == DELIVER_SM:
            status = await _answered(pdu.body, hear, unknown)
            writer.write(Pdu(DELIVER_SM | RESPONSE, status, pdu.sequence, b"\0").packed())
        elif pdu.command in (ENQUIRE_LINK, UNBIND):
            writer.write(Pdu(pdu.command | RESPONSE, 0, pdu.sequence).packed())
        await writer.drain()
        if pdu.command == UNBIND:
            return


async def _answered(body: bytes, hear: Hear, unknown: dict[str, int]) -> int:
    """The status to answer with: applied, of no interest, or to be delivered again."""
    try:
        receipt = read_receipt(body)
    except ValueError:
        return 0  # it would be as short the next time
    if receipt is None or await hear(receipt):
        return 0
    tries = unknown[receipt.message_id] = unknown.pop(receipt.message_id, 0) + 1
    if len(unknown) > 1_000:
        unknown.pop(next(iter(unknown)))
    return AGAIN if tries < TRIES else 0


def _parts(body: bytes) -> tuple[int, bytes, dict[int, bytes]]:
    """esm_class, the text and the optional parameters (4.6.1)."""
    _, rest = _cut(body)
    _, rest = _cut(rest[2:])  # ton and npi, then the source
    _, rest = _cut(rest[2:])
    kind, rest = rest[0], rest[3:]
    _, rest = _cut(rest)
    _, rest = _cut(rest)
    length, rest = rest[4], rest[5:]
    if len(rest) < length:
        raise IndexError
    return kind, rest[:length], _parameters(rest[length:])


def _cut(rest: bytes) -> tuple[bytes, bytes]:
    """A C-octet string and what follows it."""
    end = rest.find(b"\0")
    if end < 0:
        raise IndexError
    return rest[:end], rest[end + 1 :]


def _parameters(rest: bytes) -> dict[int, bytes]:
    found = {}
    while rest:
        tag, length = struct.unpack_from(">HH", rest)
        if len(rest) < 4 + length:
            raise IndexError
        found[tag], rest = rest[4 : 4 + length], rest[4 + length :]
    return found
