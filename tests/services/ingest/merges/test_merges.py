"""Two people read as one, and as two again."""

from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from kernel.contracts.consents import PurposeState
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.ids import new_id
from services.ingest.identity.tables import identifier, subject
from services.ingest.merges.domain import Agreement, Pair, ordered
from services.ingest.merges.service import suggest
from services.ingest.merges.tables import merge_entry
from tests.services.ingest.harness import Running, about, ago, consent, record


async def person(ingest: Running, phone: str, **changed: Any) -> str:
    (receipt,) = await ingest.accept(record(subject=about(phone=phone), **changed))
    return str(receipt["subject_id"])


async def post(ingest: Running, path: str, **body: Any) -> httpx2.Response:
    return await ingest.client.post(path, json=body or None, headers=ingest.as_service())


async def merged(ingest: Running, source: str, target: str, reason: str = "one customer") -> dict[str, Any]:
    answer = await post(ingest, "/v1/subjects/merge", source_id=source, target_id=target, reason=reason)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def split(ingest: Running, merge_id: str) -> httpx2.Response:
    return await post(ingest, "/v1/subjects/split", merge_id=merge_id, reason="two people")


async def test_a_merge_and_its_split_are_told_in_order_and_kept_for_ever(ingest: Running) -> None:
    one, other = await person(ingest, "0912345678"), await person(ingest, "0987654321")
    made = await merged(ingest, other, one)
    assert made["subject_id"] == one
    assert (await split(ingest, made["merge_id"])).status_code == 200
    told = [event for event in await ingest.events("subjects.changed") if hasattr(event, "merge_id")]
    assert [type(event) for event in told] == [SubjectMerged, SubjectSplit]
    assert [event.subject for event in told] == [other, other]
    assert told[0].into == one
    assert told[0].merge_version < told[1].merge_version
    async with ingest.app.state.chassis.database.snapshot() as connection:
        rows = (await connection.execute(sa.select(merge_entry).order_by(merge_entry.c.version))).all()
    assert [(row.act, row.source, row.target) for row in rows] == [
        ("merged", other, one),
        ("split", other, one),
    ]


async def test_what_was_refused_says_why(ingest: Running) -> None:
    one, other = await person(ingest, "0912345678"), await person(ingest, "0987654321")
    answer = await post(ingest, "/v1/subjects/merge", source_id=new_id(), target_id=one, reason="x")
    assert answer.status_code == 404
    made = await merged(ingest, one, other)
    answer = await post(ingest, "/v1/subjects/merge", source_id=other, target_id=one, reason="x")
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "already-one")
    assert (await split(ingest, new_id())).status_code == 404
    assert (await split(ingest, made["merge_id"])).status_code == 200
    again = await split(ingest, made["merge_id"])
    assert (again.status_code, again.json()["type"].rsplit("/", 1)[1]) == (409, "merge-undone")
    answer = await ingest.client.post(
        "/v1/subjects/merge",
        json={"source_id": one, "target_id": other, "reason": "x"},
        headers=ingest.as_caller("shop", "collector", "collect:write"),
    )
    assert answer.status_code == 403  # a collector may not


async def test_after_an_erasure_a_split_is_refused(ingest: Running) -> None:
    one, other = await person(ingest, "0912345678"), await person(ingest, "0987654321")
    made = await merged(ingest, one, other)
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.update(subject).where(subject.c.id == one).values(erased_at=1))
    assert (await split(ingest, made["merge_id"])).status_code == 410
    third = await person(ingest, "0911222333")
    answer = await post(ingest, "/v1/subjects/merge", source_id=third, target_id=other, reason="x")
    assert answer.status_code == 410


async def test_the_reason_is_kept_without_what_points_at_a_person(ingest: Running) -> None:
    one, other = await person(ingest, "0912345678"), await person(ingest, "0987654321")
    await merged(ingest, one, other, "khách gọi từ số 0912 345 678, email tran@example.com")
    async with ingest.app.state.chassis.database.snapshot() as connection:
        reason = await connection.scalar(sa.select(merge_entry.c.reason))
    assert "345" not in reason
    assert "tran@" not in reason
    assert "khách gọi" in reason


async def test_the_stricter_consent_wins_while_they_are_one(ingest: Running) -> None:
    one, other = await person(ingest, "0912345678"), await person(ingest, "0987654321")
    when = ago(minutes=5)
    await ingest.change_consent(one, 1, analytics=PurposeState(granted_at=ago(hours=2), withdrawn_at=when))
    silent = {"kind": "survey", "consent": None}
    await ingest.accept(record(subject=about(phone="0987654321"), **silent))
    made = await merged(ingest, other, one)
    assert await ingest.refuse(record(subject=about(phone="0987654321"), **silent)) == ["consent-missing"]
    newer = consent("analytics", captured_at=ago(minutes=1).isoformat())
    await ingest.accept(record("survey", subject=about(phone="0987654321"), consent=newer))
    await split(ingest, made["merge_id"])
    await ingest.accept(record(subject=about(phone="0987654321"), **silent))
    assert await ingest.refuse(record(subject=about(phone="0912345678"), **silent)) == ["consent-missing"]


async def test_what_one_of_them_agreed_to_opens_what_waits_for_the_other(ingest: Running) -> None:
    one = await person(ingest, "0912345678", consent=consent("service"))
    other = await person(ingest, "0987654321")
    waits = record("survey", subject=about(phone="0912345678"), consent=None)
    assert await ingest.refuse(waits) == ["consent-missing"]
    await merged(ingest, one, other)
    await ingest.becomes(waits["id"], "accepted")


async def test_chains_come_apart_where_they_are_split(ingest: Running) -> None:
    a, b, c = [await person(ingest, f"091234567{n}") for n in range(3)]
    first, second = await merged(ingest, a, b), await merged(ingest, b, c)
    assert (await families(ingest)) == {a: c, b: c, c: c}
    await split(ingest, first["merge_id"])
    assert (await families(ingest)) == {a: a, b: c, c: c}
    third = await merged(ingest, c, a)
    assert third["source_id"] == c
    await split(ingest, second["merge_id"])
    assert (await families(ingest)) == {a: a, b: b, c: a}


async def families(ingest: Running) -> dict[str, str]:
    async with ingest.app.state.chassis.database.snapshot() as connection:
        rows = await connection.execute(sa.select(subject.c.id, subject.c.family))
        return {key: family or key for key, family in rows}


async def test_identifiers_lead_to_their_own_origin_whatever_is_merged(ingest: Running) -> None:
    one, other = await person(ingest, "0912345678"), await person(ingest, "0987654321")
    made = await merged(ingest, one, other)
    assert await person(ingest, "0912345678") == one
    (receipt,) = await ingest.accept(record(subject=about(phone="0912345678", email="new@example.com")))
    assert receipt["subject_id"] == one
    await split(ingest, made["merge_id"])
    async with ingest.app.state.chassis.database.snapshot() as connection:
        owners = list(await connection.scalars(sa.select(identifier.c.subject_id)))
    assert sorted(owners) == sorted([one, one, other])


@pytest.fixture
async def suggested(ingest: Running) -> tuple[str, str]:
    """Two people who were suggested to be one, in the order in which they are kept."""
    a, b = ordered(await person(ingest, "0912345678"), await person(ingest, "0987654321"))
    told = (Agreement("email", "same", "The email addresses are the same.", 9.5),)
    async with ingest.app.state.chassis.database.transaction() as tx:
        await suggest(tx, [Pair(a, b, 0.97, told)])
    return a, b


async def the_suggestion(ingest: Running, state: str = "open") -> dict[str, Any] | None:
    answer = await ingest.client.get(f"/v1/identity/suggestions?state={state}", headers=ingest.as_service())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items[0] if items else None


async def test_a_suggestion_merges_nobody_until_it_is_accepted(
    ingest: Running, suggested: tuple[str, str]
) -> None:
    told = await the_suggestion(ingest)
    assert told is not None
    assert (told["a"], told["b"], told["probability"]) == (*suggested, 0.97)
    assert told["evidence"][0]["detail"] == "The email addresses are the same."
    assert len(set((await families(ingest)).values())) == 2
    answer = await post(ingest, f"/v1/identity/suggestions/{told['id']}/accept")
    assert answer.status_code == 200, answer.text
    assert answer.json()["subject_id"] == suggested[0]
    assert len(set((await families(ingest)).values())) == 1
    assert await the_suggestion(ingest) is None
    again = await post(ingest, f"/v1/identity/suggestions/{told['id']}/accept")
    assert (again.status_code, again.json()["merge_id"]) == (200, None)
    assert (await post(ingest, f"/v1/identity/suggestions/{told['id']}/reject")).status_code == 409
    await split(ingest, answer.json()["merge_id"])
    refused = await the_suggestion(ingest, "rejected")
    assert refused is not None  # whoever undoes a merge says that its suggestion was wrong
    assert refused["id"] == told["id"]


async def test_a_rejected_pair_is_not_suggested_again(ingest: Running, suggested: tuple[str, str]) -> None:
    told = await the_suggestion(ingest)
    assert told is not None
    assert (await post(ingest, f"/v1/identity/suggestions/{told['id']}/reject")).status_code == 200
    async with ingest.app.state.chassis.database.transaction() as tx:
        await suggest(tx, [Pair(*suggested, 0.99, ())])
    assert await the_suggestion(ingest) is None
    assert (await post(ingest, f"/v1/identity/suggestions/{told['id']}/accept")).status_code == 409
