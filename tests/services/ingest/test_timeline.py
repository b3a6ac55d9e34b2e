"""A timeline tells what happened, newest first, and nothing that identifies anybody."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.records.timeline import SHORT, summary_of
from tests.services.ingest.harness import Running, about, ago, record


async def asked(ingest: Running, origins: list[str], **more: Any) -> dict[str, Any]:
    answer = await ingest.client.post(
        "/internal/timeline", json={"origins": origins, **more}, headers=ingest.as_service()
    )
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def visits(ingest: Running, phone: str, count: int) -> str:
    """A person who bought so often, an hour apart; their id."""
    sent = [
        record(
            "transaction",
            subject=about(phone=phone),
            payload={"total": 1_000 * n, "currency": "VND"},
            occurred_at=(ago(days=2) + timedelta(hours=n)).isoformat(),
        )
        for n in range(1, count + 1)
    ]
    receipts = await ingest.accept(*sent)
    return str(receipts[0]["subject_id"])


async def test_pages_go_back_in_time_and_meet_everything_once(ingest: Running) -> None:
    who, other = await visits(ingest, "0912345678", 5), await visits(ingest, "0987654321", 2)
    first = await asked(ingest, [who, other], limit=4)
    rest = await asked(ingest, [who, other], limit=4, cursor=first["next_cursor"])
    items = [*first["items"], *rest["items"]]
    assert len({item["record_id"] for item in items}) == len(items) == 7
    moments = [item["at"] for item in items]
    assert moments == sorted(moments, reverse=True)
    assert rest["next_cursor"] is None
    assert items[0]["summary"] == "5,000 VND"


async def test_only_services_may_ask(ingest: Running) -> None:
    who = await visits(ingest, "0912345678", 1)
    answer = await ingest.client.post("/internal/timeline", json={"origins": [who]})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("payload", "summary"),
    [
        ({"total": 350000, "currency": "VND", "items": [{"name": "Cà phê sữa"}]}, "350,000 VND · Cà phê sữa"),
        ({"items": [{"name": "Gọi 0912 345 678"}]}, "Gọi [phone]"),
        ({}, ""),
    ],
)
def test_a_summary_says_what_was_bought_and_no_number(payload: dict[str, Any], summary: str) -> None:
    told = record("transaction", payload=payload)
    assert summary_of(encoded(told)) == summary


@given(st.binary(max_size=200))
def test_whatever_is_stored_has_a_summary(clear: bytes) -> None:
    assert len(summary_of(clear)) <= SHORT


def encoded(told: dict[str, Any]) -> bytes:
    return msgspec.json.encode(told)
