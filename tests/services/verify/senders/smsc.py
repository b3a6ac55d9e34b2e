"""A local SMSC: it speaks SMPP through smpplib, which other people wrote, so that both sides cannot share a mistake."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from smpplib import smpp

RECEIPT = (
    "id:{id} sub:001 dlvrd:001 submit date:2611241200 done date:2611241201 stat:{stat} err:{err} text:012345"
)


class _Numbered:
    """What smpplib asks for sequence numbers; each PDU is given its own afterwards."""

    sequence = 0

    def next_sequence(self) -> int:
        """Any."""
        return 1


_NUMBERED = _Numbered()


@dataclass(slots=True)
class Smsc:
    """Takes what is submitted, and delivers what a test tells it to whoever is bound as a receiver."""

    port: int = 0
    next_ids: list[str] = field(default_factory=list)
    """The ids that it gives to messages, one after the other."""
    submitted: list[Any] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Status of each deliver_sm_resp, in the order in which they came."""
    enquired: int = 0
    receivers: list[asyncio.StreamWriter] = field(default_factory=list)
    sequence: int = 0

    async def deliver(self, message_id: str, stat: str, err: str = "000", **optional: Any) -> None:
        """Send a receipt to the receiver that was bound last."""
        text = RECEIPT.format(id=message_id, stat=stat, err=err).encode()
        await self.send_deliver_sm(esm_class=4, short_message=text, **optional)

    async def send_deliver_sm(self, **fields: Any) -> None:
        """Send any `deliver_sm`."""
        self.sequence += 1
        pdu = smpp.make_pdu(
            "deliver_sm", client=_NUMBERED, source_addr="Shop", destination_addr="84987216540", **fields
        )
        pdu.sequence = self.sequence
        await self.send(pdu.generate())

    async def send(self, raw: bytes) -> None:
        """Send bytes."""
        self.receivers[-1].write(raw)
        await self.receivers[-1].drain()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readexactly(16)
                rest = await reader.readexactly(struct.unpack(">I", head[:4])[0] - 16)
                if not self._answer(
                    smpp.parse_pdu(head + rest, client=_NUMBERED, allow_unknown_opt_params=True), writer
                ):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _answer(self, pdu: Any, writer: asyncio.StreamWriter) -> bool:
        if pdu.command == "deliver_sm_resp":
            self.answers.append(pdu.status)
            return True
        if pdu.command == "enquire_link_resp":
            self.enquired += 1
            return True
        more: dict[str, Any] = {}
        if pdu.command == "submit_sm":
            self.submitted.append(pdu)
            more["message_id"] = self.next_ids.pop(0)
        elif pdu.command == "bind_receiver":
            self.receivers.append(writer)
        answer = smpp.make_pdu(f"{pdu.command}_resp", client=_NUMBERED, **more)
        answer.sequence = pdu.sequence
        writer.write(answer.generate())
        return bool(pdu.command != "unbind")


@asynccontextmanager
async def smsc() -> AsyncIterator[Smsc]:
    """A running SMSC on a port of its own."""
    made = Smsc()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for writer in made.receivers:
            writer.close()
        await server.wait_closed()
