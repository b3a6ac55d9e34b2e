"""Promises of starting a verification and sending its code again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.verify.senders.outbox import OutboxSender
from services.verify.senders.port import NotSent
from tests.running import body_of
from tests.services.verify.running import NOON, Verify, running

PHONE = "0912 345 678"


async def test_a_code_is_sent_and_lives_five_minutes(verify: Verify) -> None:
    reply = await verify.start(PHONE)
    assert reply.status == 201
    body = body_of(reply)
    assert set(body) == {"id", "status", "channel", "expires_at", "next_resend_at", "reasons"}
    assert [reason["code"] for reason in body["reasons"]] == ["template-number"]
    assert (body["status"], body["channel"]) == ("pending", "sms")
    assert datetime.fromisoformat(body["expires_at"]) == NOON + timedelta(minutes=5)
    assert datetime.fromisoformat(body["next_resend_at"]) == NOON + timedelta(seconds=30)
    (message,) = verify.sent()
    assert set(message) == {"verification_id", "to", "channel", "locale", "text", "code", "sent_at"}
    assert (message["verification_id"], message["to"], message["locale"]) == (
        body["id"],
        "+84912345678",
        "vi",
    )
    assert message["code"] in message["text"]


@pytest.mark.parametrize("phone", ["028 3822 1234", "19001234", "+14155552671", "not a number"])
async def test_other_numbers_are_refused_without_being_repeated(verify: Verify, phone: str) -> None:
    reply = await verify.start(phone)
    assert reply.status == 422
    assert body_of(reply)["errors"][0]["pointer"] == "/phone"
    assert phone.encode() not in reply.body
    assert not verify.sent()


@pytest.mark.parametrize(
    "body",
    [{}, {"phone": PHONE, "subject_id": "019a0000-0000-7000-8000-000000000001"}, {"subject_id": "me"}],
)
async def test_exactly_one_recipient_is_named(verify: Verify, body: dict[str, str]) -> None:
    reply = await verify.ask("POST", "/v1/verifications", {**body, "purpose": "verification"})
    assert reply.status == 422


async def test_a_client_declares_only_its_own_purposes(verify: Verify) -> None:
    reply = await verify.start(PHONE, purpose="marketing")
    assert reply.status == 403
    assert body_of(reply)["type"].endswith("/purpose-not-allowed")


async def test_a_resend_carries_the_same_code_and_never_extends_its_life(verify: Verify) -> None:
    started = body_of(await verify.start(PHONE))
    for wait in (30, 60, 120):
        verify.clock.move(seconds=wait - 1)
        early = await verify.resend(started["id"])
        assert early.status == 429
        assert body_of(early)["type"].endswith("/resend-too-early")
        assert dict(early.headers)[b"retry-after"] == b"1"
        verify.clock.move(seconds=1)
        again = await verify.resend(started["id"])
        assert again.status == 200
        assert body_of(again)["expires_at"] == started["expires_at"]
    assert len(verify.sent()) == 4
    assert len({(message["code"], message["to"]) for message in verify.sent()}) == 1
    verify.clock.move(minutes=5)
    over = await verify.resend(started["id"])
    assert (over.status, body_of(over)["type"][-19:]) == (422, "verification-failed")


async def test_a_number_gets_five_codes_in_ten_minutes_resends_included(verify: Verify) -> None:
    started = body_of(await verify.start(PHONE))
    verify.clock.move(seconds=30)
    assert (await verify.resend(started["id"])).status == 200
    for n in range(3):
        assert (await verify.start(PHONE, client=f"client-{n}")).status == 201
    refused = await verify.start(PHONE, client="another")
    assert refused.status == 429
    assert body_of(refused)["type"].endswith("/sending-capped")
    assert int(dict(refused.headers)[b"retry-after"]) == 570
    assert len(verify.sent()) == 5
    assert (await verify.start("0912345679")).status == 201
    verify.clock.move(seconds=570)
    assert (await verify.start(PHONE)).status == 201


async def test_a_number_gets_ten_codes_a_day(verify: Verify) -> None:
    for _ in range(10):
        assert (await verify.start(PHONE)).status == 201
        verify.clock.move(minutes=10)
    refused = await verify.start(PHONE)
    assert refused.status == 429
    assert int(dict(refused.headers)[b"retry-after"]) == 24 * 3600 - 100 * 60
    verify.clock.move(hours=24, minutes=-100)
    assert (await verify.start(PHONE)).status == 201


async def test_clients_and_spending_are_capped_by_the_hour(tmp_path: Path) -> None:
    async with running(tmp_path, otp_client_sends_an_hour=3, otp_vnd_an_hour=4 * 850) as verify:
        for n in range(3):
            assert (await verify.start(f"091234567{n}")).status == 201
        assert (await verify.start("0912345674")).status == 429
        assert (await verify.start("0912345675", client="second")).status == 201
        assert (await verify.start("0912345676", client="third")).status == 429
        verify.clock.move(minutes=60)
        assert (await verify.start("0912345676", client="third")).status == 201


async def test_another_client_cannot_have_the_code_sent_again(verify: Verify) -> None:
    started = body_of(await verify.start(PHONE))
    verify.clock.move(seconds=31)
    assert (await verify.resend(started["id"], client="stranger")).status == 422
    assert len(verify.sent()) == 1


async def test_a_code_that_could_not_be_sent_is_told_and_destroyed(
    verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_sender: OutboxSender, _message: object) -> None:
        raise NotSent("unreachable")

    monkeypatch.setattr(OutboxSender, "send", fail)
    reply = await verify.start(PHONE)
    assert reply.status == 503
    async with verify.database.snapshot() as connection:
        rows = await connection.exec_driver_sql("SELECT status, sealed, code_hash FROM challenge")
        assert [tuple(row) for row in rows] == [("delivery_failed", None, None)]
