"""Delivery receipts by SMPP: matched to their messages, applied once, asked for again where they came too early."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verify.senders.smpp.receipts import Receipt, read_receipt
from services.verify.senders.smpp.sender import SmppSender
from tests.running import body_of, until
from tests.services.verify.running import Verify, running
from tests.services.verify.senders.scripted import ScriptedSender
from tests.services.verify.senders.smsc import Smsc, smsc

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]
HEAD = b"\0" + b"\x01\x01Shop\0" + b"\x01\x0184987216540\0"


def deliver_sm(text: bytes, *, esm_class: int = 4, optional: bytes = b"") -> bytes:
    """A body as section 4.6.1 lays it out."""
    return HEAD + bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, 0, 0, len(text))) + text + optional


def test_the_text_and_the_optional_parameters_are_read_as_carriers_write_them() -> None:
    text = b"id:7A sub:001 dlvrd:001 submit date:2611241200 done date:2611241201 stat:%s err:%s text:x"
    assert read_receipt(deliver_sm(text % (b"DELIVRD", b"000"))) == Receipt("7A", delivered=True)
    assert read_receipt(deliver_sm(text % (b"UNDELIV", b"0b1"))) == Receipt("7A", False, "err-0b1")
    assert read_receipt(deliver_sm(b"id:9 stat:EXPIRED")) == Receipt("9", False, "undelivered")
    for on_its_way in (b"ENROUTE", b"ACCEPTD", b"UNKNOWN"):
        assert read_receipt(deliver_sm(text % (on_its_way, b"000"))) is None
    message = b"\x00\x1e\x00\x03ab\x00" + b"\x04\x27\x00\x01"
    assert read_receipt(deliver_sm(b"", optional=message + b"\x02")) == Receipt("ab", delivered=True)
    assert read_receipt(deliver_sm(b"", optional=message + b"\x08")) == Receipt("ab", False, "undelivered")
    assert read_receipt(deliver_sm(b"", optional=message + b"\x01")) is None
    assert read_receipt(deliver_sm(text % (b"DELIVRD", b"000"), esm_class=0)) is None  # a person wrote it


def test_an_id_is_known_in_the_other_writing_of_its_number() -> None:
    assert "1a2b3c" in Receipt(str(0x1A2B3C), True).references()
    assert str(0x1A2B3C) in Receipt("1A2B3C", True).references()
    assert Receipt("msg-1", True).references() == ["msg-1"]


@given(st.binary(max_size=80))
def test_no_body_does_more_than_be_refused(body: bytes) -> None:
    with suppress(ValueError):
        read_receipt(body)


async def opened(verify: Verify, gateway: Smsc, reference: str) -> str:
    """A verification whose code the carrier took under `reference`, once somebody listens for receipts."""

    async def bound() -> bool:
        return bool(gateway.receivers)

    await until(bound)
    gateway.next_ids.append(reference)
    started = await verify.start("0987216540", channel="sms")
    assert started.status == 201, started.body
    return str(body_of(started)["id"])


async def test_a_receipt_finds_its_message_once_and_one_that_says_no_sends_the_code_elsewhere(
    tmp_path: Path,
) -> None:
    zalo = ScriptedSender("zalo", ("zalo",))
    async with smsc() as gateway:
        sender = SmppSender.of_url(f"smpp://me@127.0.0.1:{gateway.port}/Shop", "pw", 700)
        async with running(tmp_path, senders=[sender, zalo]) as verify:
            first = await opened(verify, gateway, "7f01")
            assert gateway.submitted[0].registered_delivery == 1
            assert (await verify.status(first))["delivery"] == "sent"

            async def answered(n: int) -> bool:
                return len(gateway.answers) == n

            await gateway.deliver(str(0x7F01), "ENROUTE")
            await gateway.deliver(str(0x7F01), "DELIVRD")  # in decimal, as many carriers do
            await gateway.deliver(str(0x7F01), "UNDELIV")  # contradicts what is known: changes nothing
            await until(lambda: answered(3))
            assert gateway.answers == [0, 0, 0]
            assert (await verify.status(first))["delivery"] == "delivered"
            assert zalo.taken == []


async def test_a_message_that_did_not_arrive_goes_down_the_ladder(tmp_path: Path) -> None:
    zalo = ScriptedSender("zalo", ("zalo",), price=9_000)
    async with smsc() as gateway:
        sender = SmppSender.of_url(f"smpp://me@127.0.0.1:{gateway.port}/Shop", "pw", 700)
        async with running(tmp_path, senders=[sender, zalo]) as verify:
            await opened(verify, gateway, "unused")
            gateway.next_ids.append("m-2")
            second = str(body_of(await verify.start("0903719264"))["id"])
            await gateway.deliver("m-2", "UNDELIV", "0ab")

            async def again() -> bool:
                return bool(zalo.taken)

            await until(again)
            assert (zalo.taken[0].verification_id, zalo.taken[0].attempt) == (second, 2)


async def test_what_is_not_known_is_asked_for_again_a_few_times_and_a_broken_bind_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.verify.senders.smpp.receipts.WAIT_S", (0.01, 0.01))
    async with smsc() as gateway:
        sender = SmppSender.of_url(f"smpp://me@127.0.0.1:{gateway.port}/Shop", "pw", 700)
        async with running(tmp_path, senders=[sender]) as verify:
            first = await opened(verify, gateway, "m-1")
            for _ in range(3):
                await gateway.deliver("stranger", "DELIVRD")
            await gateway.send_deliver_sm(esm_class=0, short_message=b"hello")

            async def answered() -> bool:
                return len(gateway.answers) == 4

            await until(answered)
            assert gateway.answers == [0x64, 0x64, 0, 0]
            await gateway.send(b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x09")  # enquire_link

            async def there() -> bool:
                return gateway.enquired == 1

            await until(there)
            gateway.receivers[-1].close()

            async def bound_again() -> bool:
                return len(gateway.receivers) == 2

            await until(bound_again)
            await gateway.deliver("m-1", "DELIVRD")

            async def delivered() -> bool:
                return bool((await verify.status(first))["delivery"] == "delivered")

            await until(delivered)
