"""Invitations against a local mail server: delivered whole, refused for certain, or unclear; no password in clear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_string
from email.policy import default

import pytest

from services.verify.senders.email import EmailSender
from services.verify.senders.letters import mind_letters, write_letter
from services.verify.senders.port import Invitation, NotSent, Unclear

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]
STOP = "https://me.example/stop/abc?lang=vi"
SUBJECT, TEXT = write_letter("vi", {}, business="Cửa hàng An", link="https://me.example/x", stop=STOP)
INVITATION = Invitation("key-1", "anh@example.vn", "vi", SUBJECT, TEXT, STOP)


@asynccontextmanager
async def mail_server(
    refuse: str = "", no: bytes = b"550 no\r\n"
) -> AsyncIterator[tuple[EmailSender, list[str]]]:
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
            writer.write(no if refuse and verb == refuse else answer)
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


async def test_an_invitation_holds_the_link_the_way_out_and_an_id_that_drops_repetitions() -> None:
    async with mail_server() as (sender, seen):
        await sender.invite(INVITATION)
    text = "".join(seen)
    assert "rcpt TO:<anh@example.vn>" in text
    start = next(place for place, line in enumerate(seen) if line.upper().startswith("DATA"))
    sent = message_from_string("".join(seen[start + 1 :]).replace("\r\n", "\n"), policy=default)
    assert sent["Message-ID"] == "<key-1@example.vn>"
    assert sent["List-Unsubscribe"] == f"<{STOP}>"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(sent["Subject"]) == "Cửa hàng An xin ý kiến của bạn về dữ liệu cá nhân"
    content = sent.get_content()
    assert "https://me.example/x" in content
    assert STOP in content


async def test_a_refused_address_is_certain_and_a_break_is_unclear() -> None:
    async with mail_server("RCPT") as (sender, _):
        with pytest.raises(NotSent) as refused:
            await sender.invite(INVITATION)
        assert refused.value.of_message
    async with mail_server(".") as (sender, _):
        with pytest.raises(Unclear):
            await sender.invite(INVITATION)
    with pytest.raises(NotSent):
        await sender.invite(INVITATION)


async def test_a_mailbox_that_is_full_today_is_tried_again() -> None:
    async with mail_server("RCPT", b"450 later\r\n") as (sender, _):
        with pytest.raises(NotSent) as refused:
            await sender.invite(INVITATION)
        assert not refused.value.of_message


async def test_an_address_cannot_add_lines_to_the_head() -> None:
    async with mail_server() as (sender, _):
        with pytest.raises(ValueError):
            await sender.invite(INVITATION._replace(to="a@b.vn\r\nBcc: c@d.vn"))
    for url in ("http://x", "smtp://"):
        with pytest.raises(ValueError):
            EmailSender.of_url(url, "", "")


async def test_a_password_goes_over_no_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.verify.senders.email._is_here", lambda host: False)
    async with mail_server() as (sender, seen):
        with pytest.raises(NotSent) as refused:
            await replace(sender, user="shop", password="secret").invite(INVITATION)
    assert refused.value.reason == "no-tls"
    assert not [line for line in seen if line.upper().startswith("AUTH")]


def test_texts_that_lack_their_links_or_advertise_are_refused_at_start() -> None:
    mind_letters({"vi.text": "{business}: {link} {stop}", "en.subject": "{business} asks"})
    for wrong in (
        {"fr.text": "{link} {stop}"},
        {"vi.text": "{link}"},
        {"vi.text": "{link} {stop} {phone}"},
        {"en.text": "{link} {stop} 50% discount"},
    ):
        with pytest.raises(ValueError):
            mind_letters(wrong)
