"""SMPP against a local server: bind, submit, the carrier's refusals, and what nobody can know."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.verify.senders.port import CodeMessage, NotSent, Unclear
from services.verify.senders.smpp import SmppSender
from tests.services.verify.running import NOON

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]
MESSAGE = CodeMessage("v1", 1, "+84912345678", "sms", "vi", "012345 là mã", "012345", NOON, "k", "12:07")


@asynccontextmanager
async def gateway(bind: int, submit: int | None) -> AsyncIterator[tuple[SmppSender, list[bytes]]]:
    """A carrier that answers with these statuses; None: it closes instead of answering."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length, command, _, sequence = struct.unpack(">IIII", await reader.readexactly(16))
                seen.append(await reader.readexactly(length - 16))
                status = bind if command == 2 else submit
                if command == 6 or status is None:
                    return
                body = b"" if status else b"id-9\0"
                head = struct.pack(">IIII", 16 + len(body), command | 0x80000000, status, sequence)
                enquire = struct.pack(">IIII", 16, 0x15, 0, 99)
                writer.write(enquire + head + body)
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield SmppSender.of_url(f"smpp://me@127.0.0.1:{port}/Shop", "pw", 700), seen
    finally:
        server.close()
        await server.wait_closed()


async def test_a_message_is_submitted_in_unicode() -> None:
    async with gateway(0, 0) as (sender, seen):
        assert await sender.send(MESSAGE) == "id-9"
        bind, submit = seen[:2]
        assert bind.startswith(b"me\0pw\0")
        assert b"84912345678\0" in submit
        assert submit.endswith("012345 là mã".encode("utf-16-be"))


@pytest.mark.parametrize(
    ("bind", "submit", "reason"), [(0x0E, 0, "authentication"), (0, 0x0B, "number"), (0, 0x58, "throttled")]
)
async def test_a_refusal_is_certain(bind: int, submit: int, reason: str) -> None:
    async with gateway(bind, submit) as (sender, _):
        with pytest.raises(NotSent) as refused:
            await sender.send(MESSAGE)
        assert refused.value.reason == reason


async def test_a_connection_that_breaks_after_the_message_is_unclear() -> None:
    async with gateway(0, None) as (sender, _):
        with pytest.raises(Unclear):
            await sender.send(MESSAGE)
    with pytest.raises(NotSent):
        await sender.send(MESSAGE)


def test_an_address_must_name_host_and_system() -> None:
    for url in ("http://x@y/z", "smpp://host:2775/Shop", ""):
        with pytest.raises(ValueError):
            SmppSender.of_url(url, "", 1)
