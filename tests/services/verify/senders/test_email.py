"""Invitations against a local mail server: delivered whole, refused for certain, or unclear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.verify.senders.email import EmailSender
from services.verify.senders.port import NotSent, Unclear

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]
INVITATION = ("anh@example.vn", "Cửa hàng An", "https://me.example/x", "vi", "key-1")


@asynccontextmanager
async def mail_server(refuse: str = "") -> AsyncIterator[tuple[EmailSender, list[str]]]:
    """Speaks SMTP; refuses the command that `refuse` names, or closes after the data where it is "."."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        data = False
        while line := (await reader.readline()).decode():
            seen.append(line)
            if data and line != ".\r\n":
                continue
            verb = "." if data else line[:4].strip().upper()
            if refuse == "." and verb == ".":
                break
            answer = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n")
            data = verb == "DATA" and verb != refuse
            writer.write(b"550 no\r\n" if refuse and verb == refuse else answer)
            if verb == "QUIT":
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield EmailSender.of_url(f"smtp://127.0.0.1:{port}", "", "no-reply@example.vn"), seen
    finally:
        server.close()
        await server.wait_closed()


async def test_an_invitation_holds_the_link_and_an_id_that_drops_repetitions() -> None:
    async with mail_server() as (sender, seen):
        await sender.invite(*INVITATION)  # type: ignore[arg-type]  # the locale is one
    text = "".join(seen)
    assert "Message-ID: <key-1@chandung>" in text
    assert "rcpt TO:<anh@example.vn>" in text


async def test_a_refused_address_is_certain_and_a_break_is_unclear() -> None:
    async with mail_server("RCPT") as (sender, _):
        with pytest.raises(NotSent) as refused:
            await sender.invite(*INVITATION)  # type: ignore[arg-type]  # as above
        assert refused.value.of_message
    async with mail_server(".") as (sender, _):
        with pytest.raises(Unclear):
            await sender.invite(*INVITATION)  # type: ignore[arg-type]  # as above
    with pytest.raises(NotSent):
        await sender.invite(*INVITATION)  # type: ignore[arg-type]  # as above


async def test_a_name_cannot_add_lines_to_the_head() -> None:
    async with mail_server() as (sender, _):
        with pytest.raises(ValueError):
            await sender.invite("a@b.vn\r\nBcc: c@d.vn", "x", "y", "en", "k")
    for url in ("http://x", "smtp://"):
        with pytest.raises(ValueError):
            EmailSender.of_url(url, "", "")
