"""How far a record is trusted: reasons add up, and the same record is weighed alike wherever it is told."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.identity.indexing import Indexer
from services.ingest.records.domain.reading import read_record
from services.ingest.records.domain.trust import WEIGHTS, score_of, weigh_record
from services.ingest.records.domain.whom import subject_of, whom_of
from tests.services.ingest.harness import Running, consent, record

GOOD = {
    "identifiers": {"phone": "0912345678", "national_id": "001190001234", "email": "anh@gmail.com"},
    "attributes": {"full_name": "Nguyễn Thị Ánh", "gender": "nữ", "date_of_birth": "01/04/1990"},
}


def reasons(**changed: Any) -> set[str]:
    """Every reason that a record gives."""
    found, why = read_record(msgspec.json.encode(record(**changed)))
    assert found is not None, why
    subject = subject_of(found)
    assert subject is not None
    whom = whom_of(subject, Indexer(b"k" * 32), found.occurred_at.date())
    return {*whom.trust, *weigh_record(found)}


def about(changed: dict[str, Any]) -> dict[str, Any]:
    """GOOD with identifiers and attributes changed by their names."""
    identifiers = {**GOOD["identifiers"], **{k: v for k, v in changed.items() if k in GOOD["identifiers"]}}
    attributes = {**GOOD["attributes"], **{k: v for k, v in changed.items() if k not in GOOD["identifiers"]}}
    return {"identifiers": identifiers, "attributes": attributes}


def test_a_good_record_has_only_good_reasons() -> None:
    found = reasons(subject=GOOD)
    assert found == {"phone-valid", "email-plain", "id-sound", "id-agrees", "name-plausible", "consent-own"}
    assert score_of(tuple(sorted(found)), ()) > 0.95


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"national_id": "001090001234"}, "id-gender"),
        ({"national_id": "001191001234"}, "id-birth-year"),
        ({"national_id": "099999999998"}, "id-odd"),
        ({"phone": "******67"}, "identifier-refused"),
        ({"email": "anh@yopmail.com"}, "email-disposable"),
        ({"full_name": "khách lẻ"}, "name-placeholder"),
        ({"full_name": "0912345678"}, "name-is-contact"),
        ({"full_name": "Nguyễn Văn Bình"}, "name-gender"),
        ({"date_of_birth": "1/1/1970"}, "birth-default"),
        ({"date_of_birth": "2099-01-01"}, "birth-implausible"),
    ],
)
def test_what_speaks_against_a_person(changed: dict[str, str], reason: str) -> None:
    assert reason in reasons(subject=about(changed))
    assert WEIGHTS[reason][0] < 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"kind": "transaction", "payload": {"total": -5}}, "amount-negative"),
        ({"kind": "transaction", "payload": {"total": 5, "items": [{"unit_price": 100}]}}, "amount-differs"),
        ({"channel": "form", "collector": {"id": "staff-7", "duration_ms": 900}}, "too-fast"),
        (
            {"kind": "survey", "channel": "survey", "collector": {"id": "s", "duration_ms": 5_000},
             "payload": {"answers": {f"q{n}": 1 for n in range(20)}}},
            "too-fast",
        ),
        ({"consent": consent(method="default")}, "consent-default"),
    ],
)  # fmt: skip
def test_what_speaks_against_a_record(changed: dict[str, Any], reason: str) -> None:
    assert reason in reasons(subject=GOOD, **changed)


def test_what_is_ordinary_is_no_doubt() -> None:
    items = [{"unit_price": 100_000, "quantity": 2}, {"unit_price": 30_000}]
    for payload in ({"total": 230_000, "items": items}, {"total": 200_000, "discount": 30_000, "items": items},
                    {"total": 260_000, "items": items}, {"total": -5, "returned": True}, {"items": items}):  # fmt: skip
        found = reasons(kind="transaction", subject=GOOD, payload=payload)
        assert not {"amount-negative", "amount-differs"} & found


@given(st.sets(st.sampled_from(sorted(WEIGHTS))), st.sampled_from(sorted(WEIGHTS)))
def test_a_reason_moves_the_score_its_own_way_and_never_out_of_bounds(given_: set[str], more: str) -> None:
    said = tuple(sorted(given_ - {more}))
    before, after = score_of(said, ()), score_of(said, (more,))
    assert 0 <= before <= 1
    assert (after - before) * WEIGHTS[more][0] >= 0


async def test_the_event_and_the_receipt_tell_the_same(ingest: Running) -> None:
    sent = record(subject=GOOD)
    await ingest.accept(sent)
    (event,) = await ingest.events("records.accepted")
    told = (await ingest.client.get(f"/v1/records/{sent['id']}")).json()["trust"]
    assert told["score"] == event.trust > 0.9
    assert {one["code"] for one in told["reasons"]} >= {"phone-valid", "id-agrees"}
    assert "0912345678" not in str(told)


async def test_a_repeated_record_is_trusted_less_in_its_receipt(ingest: Running) -> None:
    sent = record(subject=GOOD)
    await ingest.accept(sent)
    await ingest.send({**sent, "payload": {"x": 1}})
    told = (await ingest.client.get(f"/v1/records/{sent['id']}")).json()["trust"]
    assert "sent-otherwise" in {one["code"] for one in told["reasons"]}


async def test_what_waits_has_no_score(ingest: Running) -> None:
    sent = record(channel="?")
    await ingest.refuse(sent)
    assert (await ingest.client.get(f"/v1/records/{sent['id']}")).json()["trust"] is None
