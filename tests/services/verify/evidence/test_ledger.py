"""What is left of evidence, and receipts that are checked without asking anybody."""

from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verify.evidence.domain import HALF_LIVES, Finding, confidence_in, left_of
from services.verify.evidence.receipts import ReceiptInvalid, check_receipt
from services.verify.senders.signing import HEADER, sign
from tests.running import body_of
from tests.services.verify.running import NOON, Verify, consented, running
from tests.services.verify.senders.scripted import ScriptedSender

PHONE, E164 = "0987216540", "+84987216540"
findings = st.lists(
    st.builds(
        Finding,
        st.sampled_from(sorted(HALF_LIVES)),
        st.booleans(),
        st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda age: NOON - age),
        st.just("sms"),
        st.just("app"),
    ),
    max_size=6,
)


def test_half_of_an_evidence_is_left_after_its_half_life() -> None:
    for kind, days in HALF_LIVES.items():
        found = Finding(kind, True, NOON, "sms", "app")
        fresh, later = left_of(found, NOON), left_of(found, NOON + timedelta(days=days))
        assert later.confidence == pytest.approx(fresh.confidence / 2, abs=1e-4)


@given(findings, st.timedeltas(timedelta(0), timedelta(days=500)))
def test_confidence_is_a_share_and_never_grows_by_waiting(found: list[Finding], wait: timedelta) -> None:
    now = confidence_in(found, NOON)
    assert 0 <= confidence_in(found, NOON + wait) <= now + 1e-4 <= 1.0001


def test_a_newer_message_that_did_not_arrive_makes_an_older_possession_doubtful() -> None:
    held = Finding("possession", True, NOON - timedelta(days=30), "sms", "app")
    silent = Finding("reachable", False, NOON, "sms", "esms")
    assert confidence_in([held, silent], NOON) < 0.35
    assert confidence_in([held], NOON) > 0.9
    assert confidence_in([held, silent._replace(at=held.at - timedelta(days=1))], NOON) > 0.9


async def verified(verify: Verify, client: str = "app") -> dict[str, Any]:
    verification = body_of(await verify.start(PHONE, client=client))["id"]
    reply = await verify.check(verification, verify.code_of(verification), client=client)
    receipt: dict[str, Any] = body_of(reply)["receipt"]
    return receipt


async def evidence(verify: Verify) -> dict[str, Any]:
    return body_of(await verify.ask("POST", "/v1/phones/evidence", {"phone": PHONE, "purpose": "service"}))


async def test_evidence_of_a_number_decays_and_needs_its_holders_consent(verify: Verify) -> None:
    assert await evidence(verify) == {"confidence": 0.0, "recycled": False, "evidence": []}
    await verified(verify)
    fresh = await evidence(verify)
    assert {one["kind"] for one in fresh["evidence"]} == {"format", "possession", "reachable"}
    assert fresh["confidence"] > 0.97
    verify.clock.move(days=365)
    assert (await evidence(verify))["confidence"] < 0.6
    verify.ingest.add(phone=E164)
    await verify.consents()
    reply = await verify.ask("POST", "/v1/phones/evidence", {"phone": PHONE, "purpose": "service"})
    assert reply.status == 403


async def test_a_number_that_another_person_proves_has_changed_hands(verify: Verify) -> None:
    for n in range(2):
        verify.ingest.people.clear()
        person = verify.ingest.add(phone=E164)
        await verify.consents(consented(person, 1, granted=NOON))
        await verified(verify)
        assert (await evidence(verify))["recycled"] is bool(n)
        verify.clock.move(days=1)
        await verify.consents()


async def test_a_receipt_is_checked_offline_and_two_partners_cannot_join_theirs(verify: Verify) -> None:
    jwks = await verify.get("/.well-known/verify-jwks.json")
    receipts, keys = {}, {}
    for client in ("app", "other"):
        receipts[client] = (await verified(verify, client))["jws"]
        told = body_of(await verify.ask("GET", "/v1/verify/receipt-key", client_id=client))["key"]
        keys[client] = urlsafe_b64decode(told + "=")
    claims = check_receipt(receipts["app"], jwks, keys["app"], "098 721 6540")
    assert (claims["aud"], claims["purpose"], claims["method"]) == ("app", "verification", "sms")
    assert claims["iat"] == int(NOON.timestamp())
    other = check_receipt(receipts["other"], jwks, keys["other"], PHONE)
    assert other["number"] != claims["number"]
    head, body, signature = receipts["app"].split(".")
    forged = ".".join((head, body[:-4] + "AAAA", signature))
    for receipt, key, phone in (
        (receipts["app"], keys["other"], PHONE),
        (receipts["app"], keys["app"], "0987216541"),
        (receipts["app"], keys["app"], "none"),
        (forged, keys["app"], PHONE),
        ("no receipt", keys["app"], PHONE),
    ):
        with pytest.raises(ReceiptInvalid):
            check_receipt(receipt, jwks, key, phone)
    assert E164.encode() not in receipts["app"].encode()


async def test_delivery_reports_are_evidence_that_the_number_is_reached(tmp_path: Path) -> None:
    sms = ScriptedSender("sms", ("sms",))
    async with running(tmp_path, senders=[sms]) as verify:
        await verify.start(PHONE)
        report = [[sms.taken[0].key, None, False, "off"]]
        await verify.ask("POST", "/webhooks/verify/sms", report)
        (silent,) = [one for one in (await evidence(verify))["evidence"] if one["kind"] == "reachable"]
        assert (silent["ok"], silent["confidence"]) == (False, 0.0)


SECRET = "a secret of the gateway's"


async def inbound(verify: Verify, text: str, sender: str = PHONE, secret: str = SECRET) -> Any:
    body = msgspec.json.encode({"channel": "sms", "from": sender, "text": text})
    headers = ((HEADER.encode(), sign(secret, body, verify.clock.now).encode()),)
    from kernel.web.internal import HEADER as CALLER_HEADER
    from kernel.web.upstream import call
    from tests.running import TOKENS

    token = (CALLER_HEADER, TOKENS.mint(verify.caller).encode())
    return await call(verify.app, "POST", "/webhooks/verify/inbound", headers=(*headers, token), body=body)


async def test_a_customer_sends_us_the_word_and_there_is_no_code_to_phish(tmp_path: Path) -> None:
    async with running(tmp_path, inbound_secret=SECRET, inbound_sms_to="8x77") as verify:
        body = body_of(await verify.start(PHONE, method="reverse"))
        assert (body["send_to"], len(body["word"])) == ({"sms": "8x77"}, 8)
        assert not verify.sent()
        assert (await verify.check(body["id"], body["word"])).status == 422  # a word is never entered
        assert (await inbound(verify, body["word"], secret="another")).status == 401
        assert body_of(await inbound(verify, body["word"], sender="0987216541")) == {"applied": 0}
        assert body_of(await inbound(verify, "WRONGWRD")) == {"applied": 0}
        assert body_of(await inbound(verify, f" {body['word'].lower()}. ")) == {"applied": 1}
        assert body_of(await inbound(verify, body["word"])) == {"applied": 0}
        stands = await verify.status(body["id"])
        assert (stands["status"], stands["method"]) == ("verified", "reverse")
        methods = {one["method"] for one in (await evidence(verify))["evidence"]}
        assert methods == {"reverse-sms"}


async def test_words_are_guessed_fifteen_times_a_day_at_most(tmp_path: Path) -> None:
    async with running(tmp_path, inbound_secret=SECRET, inbound_sms_to="8x77") as verify:
        body = body_of(await verify.start(PHONE, method="reverse"))
        for _ in range(15):
            await inbound(verify, "WRONGWRD")
        assert body_of(await inbound(verify, body["word"])) == {"applied": 0}


async def test_a_reviewers_number_is_never_sent_a_code_until_its_day(tmp_path: Path) -> None:
    numbers = {E164: "246810 until 2026-11-25"}
    async with running(tmp_path, otp_test_numbers=numbers) as verify:
        verification = body_of(await verify.start(PHONE))["id"]
        assert not verify.sent()
        assert (await verify.check(verification, "246810")).status == 200
        verify.clock.move(days=1)
        assert (await verify.start(PHONE)).status == 201
        assert len(verify.sent()) == 1
