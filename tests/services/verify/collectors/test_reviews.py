"""Doubted records wait for a person, whose verdict counts for the collector."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.contracts.records import CollectorEvidence, RecordAccepted
from kernel.ids import new_id
from kernel.store.holdings import forget
from services.verify.collectors.records import Step, disagrees, distance_km, is_jump, is_overlap
from services.verify.collectors.repository import HOLDINGS
from services.verify.collectors.stream import watch_collection
from tests.running import body_of
from tests.services.verify.running import NOON, Verify

HANOI, SAIGON = "21.0,105.8", "10.8,106.7"


def survey(staff: str, minute: float, subject: str, answers: dict[str, int], **taken: Any) -> RecordAccepted:
    at = NOON + timedelta(minutes=minute)
    return RecordAccepted(
        id=new_id(),
        version=1,
        subject=subject,
        occurred_at=at,
        recorded_at=at,
        record_id=new_id(),
        source="field",
        channel="survey",
        kind="survey",
        payload={"form": "f", "answers": answers},
        collector=CollectorEvidence(id=staff, started_at=at, **taken),
    )


async def apply(verify: Verify, *events: RecordAccepted) -> None:
    async with verify.database.transaction() as tx:
        await watch_collection(tx, events)


def test_a_journey_takes_its_time_and_a_question_too() -> None:
    assert distance_km(HANOI, SAIGON) == pytest.approx(1140, abs=20)
    first = Step(NOON, NOON + timedelta(minutes=5), HANOI, "a")
    there = Step(NOON + timedelta(hours=2), NOON + timedelta(hours=2), SAIGON, "b")
    assert is_jump(first, there)
    assert not is_jump(first, there._replace(started_at=NOON + timedelta(hours=9)))
    assert not is_jump(first, there._replace(area="21.1,105.9"))
    assert is_overlap(first, there._replace(started_at=NOON + timedelta(minutes=4)))
    assert not is_overlap(first, there._replace(started_at=NOON + timedelta(minutes=4), subject="a"))


def test_too_few_common_questions_say_nothing() -> None:
    assert disagrees({"a": b"1", "b": b"1"}, {"a": b"2", "b": b"2"}) is None
    assert disagrees({"a": b"1", "b": b"1", "c": b"1"}, {"a": b"2", "b": b"2", "c": b"1"})
    assert not disagrees({"a": b"1", "b": b"1", "c": b"1"}, {"a": b"2", "b": b"1", "c": b"1"})


async def test_a_record_with_two_signs_waits_and_a_verdict_counts(verify: Verify) -> None:
    good = {"a": 1, "b": 2, "c": 3}
    quick = survey("staff-1", 0, new_id(), good, duration_ms=4_000, audio_ms=1_000)
    slow = survey("staff-1", 30, new_id(), good, duration_ms=90_000, audio_ms=80_000)
    await apply(verify, quick, slow)
    (item,) = (await verify.get("/v1/verify/reviews"))["items"]
    assert (item["record_id"], item["collector"], item["state"]) == (quick.record_id, "staff-1", "open")
    assert [reason["code"] for reason in item["reasons"]] == ["too-fast", "short-audio"]
    path = f"/v1/verify/reviews/{quick.record_id}"
    assert body_of(await verify.ask("POST", path, {"verdict": "false"}))["state"] == "false"
    assert (await verify.ask("POST", path, {"verdict": "honest"})).status == 404
    assert (await verify.get("/v1/verify/reviews"))["items"] == []
    assert len((await verify.get("/v1/verify/reviews?state=false&collector=staff-1"))["items"]) == 1
    reasons = (await verify.get("/v1/verify/collectors"))["items"][0]["reasons"]
    assert "1 of 1 reviewed records were found false." in [reason["detail"] for reason in reasons]
    reply = await verify.ask("GET", "/v1/verify/reviews", scopes=frozenset({"verify:write"}))
    assert reply.status == 403


async def test_a_back_check_that_disagrees_doubts_the_first_record_not_the_check(verify: Verify) -> None:
    person = new_id()
    first = survey("staff-1", 0, person, {"a": 1, "b": 2, "c": 3}, duration_ms=90_000)
    again = survey("desk", 9_000, person, {"a": 5, "b": 5, "c": 3}, duration_ms=90_000)
    await apply(verify, first)
    await apply(verify, again)
    (item,) = (await verify.get("/v1/verify/reviews"))["items"]
    assert (item["record_id"], item["reasons"][0]["code"]) == (first.record_id, "back-check")


async def test_what_is_kept_about_a_person_can_be_erased(verify: Verify) -> None:
    person = new_id()
    taken = {"duration_ms": 1_000, "audio_ms": 10, "number_block": "b", "area": HANOI}
    await apply(verify, survey("staff-1", 0, person, {"a": 1}, **taken))
    async with verify.database.transaction() as tx:
        assert sum((await forget(tx, HOLDINGS, [person])).values()) == 5
    assert (await verify.get("/v1/verify/reviews"))["items"] == []
