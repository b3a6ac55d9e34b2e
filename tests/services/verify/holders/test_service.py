"""Consent before a code: for the known, in order, across merges; and what verify asks of ingest."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.contracts.topics import partition_of
from kernel.ids import new_id
from services.verify.holders.stream import follow_merges
from services.verify.tables import store
from tests.happened import Feed, beats, envelope
from tests.running import body_of
from tests.services.verify.running import NOON, Verify, consented, running

PHONE = "0912345678"
E164 = "+84912345678"


@pytest.fixture
def subject(verify: Verify) -> str:
    """A person of ingest's who holds PHONE."""
    return verify.ingest.add(phone=E164)


def reason(reply: Any) -> tuple[int, str]:
    return reply.status, body_of(reply)["type"].rsplit("/", 1)[1]


async def test_a_known_number_needs_consent_to_verification(verify: Verify, subject: str) -> None:
    await verify.consents()
    assert reason(await verify.start(PHONE)) == (403, "consent-missing")
    await verify.consents(consented(subject, 1, granted=NOON))
    assert (await verify.start(PHONE)).status == 201
    await verify.consents(consented(subject, 2, granted=NOON, withdrawn=NOON + timedelta(seconds=1)))
    assert reason(await verify.start(PHONE)) == (403, "consent-missing")
    assert len(verify.sent()) == 1


async def test_a_number_of_nobody_needs_none(verify: Verify) -> None:
    assert (await verify.start(PHONE)).status == 201
    assert verify.ingest.resolved == [{"identifiers": {"phone": E164}, "create": False}]


async def test_a_code_for_a_rights_request_needs_no_consent(verify: Verify, subject: str) -> None:
    body = {"subject_id": subject, "purpose": "legal"}
    reply = await verify.ask("POST", "/v1/verifications", body, client_id="gateway", kind="service")
    assert reply.status == 201
    assert verify.ingest.grants[0]["purpose"] == "legal"


async def test_no_heartbeat_for_five_seconds_is_a_denial_with_its_reason(
    verify: Verify, subject: str
) -> None:
    await verify.consents(consented(subject, 1, granted=NOON))
    verify.clock.move(seconds=5)
    assert (await verify.start(PHONE)).status == 201
    verify.clock.move(seconds=0.1)
    assert reason(await verify.start(PHONE)) == (503, "consent-unknown")
    await verify.consents()
    assert (await verify.start(PHONE)).status == 201


async def test_the_highest_version_wins_in_whatever_order_they_come(verify: Verify, subject: str) -> None:
    withdrawn = consented(subject, 7, granted=NOON, withdrawn=NOON + timedelta(seconds=1))
    await verify.consents(withdrawn, consented(subject, 6, granted=NOON))
    await verify.consents(consented(subject, 5, granted=NOON))
    assert reason(await verify.start(PHONE)) == (403, "consent-missing")


async def test_a_restriction_denies(verify: Verify, subject: str) -> None:
    await verify.consents(consented(subject, 1, granted=NOON, restricted=True))
    assert reason(await verify.start(PHONE)) == (403, "consent-missing")


async def test_a_withdrawal_of_a_merged_origin_denies_until_the_split(verify: Verify, subject: str) -> None:
    origin, middle = new_id(), new_id()
    await verify.consents(
        consented(subject, 1, granted=NOON), consented(origin, 1, granted=None, withdrawn=NOON)
    )
    merge = new_id()
    merges: list[Event] = [
        SubjectMerged(**envelope(middle, NOON), into=subject, merge_id=new_id(), merge_version=1),
        SubjectMerged(**envelope(origin, NOON), into=middle, merge_id=merge, merge_version=2),
    ]
    async with verify.database.transaction() as tx:
        await follow_merges(tx, merges[::-1])
    assert reason(await verify.start(PHONE)) == (403, "consent-missing")
    split = SubjectSplit(**envelope(origin, NOON), merge_id=merge, merge_version=3)
    async with verify.database.transaction() as tx:
        await follow_merges(tx, [split])
        await follow_merges(tx, merges)  # an old event that comes again changes nothing
    assert (await verify.start(PHONE)).status == 201


async def test_a_person_s_number_is_had_by_a_grant_for_that_field_once_and_for_five_seconds(
    verify: Verify, subject: str
) -> None:
    await verify.consents(consented(subject, 1, granted=NOON))
    for _ in range(2):
        body = {"subject_id": subject, "purpose": "verification"}
        assert (await verify.ask("POST", "/v1/verifications", body)).status == 201
    assert {message["to"] for message in verify.sent()} == {E164}
    grant, second = verify.ingest.grants
    assert grant["jti"] != second["jti"]
    assert grant["exp"] - grant["iat"] == 5
    assert {name: grant[name] for name in ("subject", "fields", "purpose", "client")} == {
        "subject": subject,
        "fields": ["phone"],
        "purpose": "verification",
        "client": "verify",
    }


async def test_without_consent_the_number_is_not_even_asked_for(verify: Verify, subject: str) -> None:
    await verify.consents()
    body = {"subject_id": subject, "purpose": "verification"}
    assert (await verify.ask("POST", "/v1/verifications", body)).status == 403
    assert not verify.ingest.grants


async def test_an_erased_person_is_gone_and_holds_no_number(verify: Verify, subject: str) -> None:
    await verify.consents(consented(subject, 1, granted=NOON))
    verify.ingest.erased.add(subject)
    body = {"subject_id": subject, "purpose": "verification"}
    assert (await verify.ask("POST", "/v1/verifications", body)).status == 410
    assert (await verify.start(PHONE)).status == 201
    async with verify.database.snapshot() as connection:
        assert (await connection.exec_driver_sql("SELECT subject FROM challenge")).scalars().all() == [None]


async def test_a_code_of_a_person_erased_meanwhile_proves_nothing(verify: Verify, subject: str) -> None:
    await verify.consents(consented(subject, 1, granted=NOON))
    verification = body_of(await verify.start(PHONE))["id"]
    async with verify.database.transaction() as tx:
        await tx.execute(sa.insert(store.erased).values(subject=subject, at=NOON))
    assert (await verify.check(verification, verify.code_of(verification))).status == 422
    verify.clock.move(seconds=30)
    assert (await verify.resend(verification)).status == 410


async def test_a_withdrawal_stops_the_resend_too(verify: Verify, subject: str) -> None:
    await verify.consents(consented(subject, 1, granted=NOON))
    verification = body_of(await verify.start(PHONE))["id"]
    verify.clock.move(seconds=30)
    await verify.consents(consented(subject, 2, granted=NOON, withdrawn=NOON + timedelta(seconds=1)))
    assert reason(await verify.resend(verification)) == (403, "consent-missing")


async def test_ingest_s_silence_is_a_denial_and_counts_nothing(verify: Verify) -> None:
    verify.ingest.down = True
    assert reason(await verify.start(PHONE)) == (503, "unavailable")
    verify.ingest.down = False
    for _ in range(5):
        assert (await verify.start(PHONE)).status == 201


async def test_a_consent_given_a_moment_ago_is_waited_for(tmp_path: Path) -> None:
    """The request waits for a heartbeat younger than itself, so that it sees what was answered before it."""
    async with running(tmp_path, patience_s=10.0) as verify:
        person = verify.ingest.add(phone=E164)
        await verify.consents()
        verify.clock.move(seconds=1)
        asked = asyncio.create_task(verify.start(PHONE))
        await asyncio.sleep(0.2)
        assert not asked.done()
        await verify.consents(consented(person, 1, granted=NOON))
        assert (await asked).status == 201


async def test_the_view_follows_the_log(tmp_path: Path) -> None:
    async with running(tmp_path, patience_s=10.0) as verify:
        person = verify.ingest.add(phone=E164)
        asked = asyncio.create_task(verify.start(PHONE))
        feed = Feed(verify.app.state.chassis.log)
        await feed.send(consented(person, 1, granted=NOON), *beats(NOON))
        assert (await asked).status == 201


async def test_an_origin_whose_partition_is_silent_denies_the_whole_person(
    verify: Verify, subject: str
) -> None:
    origin = next(
        other for other in iter(new_id, "") if partition_of(other.encode()) != partition_of(subject.encode())
    )
    await verify.consents(consented(subject, 1, granted=NOON))
    async with verify.database.transaction() as tx:
        await follow_merges(
            tx, [SubjectMerged(**envelope(origin, NOON), into=subject, merge_id=new_id(), merge_version=1)]
        )
    assert (await verify.start(PHONE)).status == 201
    verify.clock.move(seconds=6)
    heard = [beat for beat in beats(verify.clock.now) if beat.partition != partition_of(origin.encode())]
    await verify.consents(*heard, heartbeat=False)
    assert reason(await verify.start(PHONE)) == (503, "consent-unknown")


async def test_a_number_is_found_at_whoever_is_read_as_the_person(verify: Verify, subject: str) -> None:
    nameless = verify.ingest.add(email="binh.invented@example.net")
    await verify.consents(consented(subject, 1, granted=NOON), consented(nameless, 1, granted=NOON))
    merged = SubjectMerged(**envelope(subject, NOON), into=nameless, merge_id=new_id(), merge_version=1)
    async with verify.database.transaction() as tx:
        await follow_merges(tx, [merged])
    body = {"subject_id": nameless, "purpose": "verification"}
    assert (await verify.ask("POST", "/v1/verifications", body)).status == 201
    assert {message["to"] for message in verify.sent()} == {E164}
