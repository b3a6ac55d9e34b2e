"""What makes a record good, and what becomes of one that is not."""

from typing import Any

import pytest

from tests.services.ingest.harness import Running, about, ago, consent, record

PROFILE = {
    "full_name": "Lý Bảo Trân",
    "date_of_birth": "1990-04-01",
    "gender": "female",
    "occupation": "y tá",
}


async def test_a_good_record_gets_a_receipt_with_its_person(ingest: Running) -> None:
    sent = record()
    (receipt,) = await ingest.accept(sent)
    assert receipt["index"] == 0
    assert receipt["id"] == sent["id"]
    assert receipt["subject_id"]


async def test_one_record_alone_gets_one_receipt(ingest: Running) -> None:
    answer = await ingest.client.post("/v1/records", json=record())
    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"


async def test_receipts_come_in_input_order_and_a_bad_record_stands_alone(ingest: Running) -> None:
    good, bad, last = record(), record(occurred_at="yesterday"), record()
    receipts = await ingest.send(good, bad, 7, last)
    assert [receipt["status"] for receipt in receipts] == [
        "accepted",
        "quarantined",
        "quarantined",
        "accepted",
    ]
    assert [receipt["index"] for receipt in receipts] == [0, 1, 2, 3]
    assert receipts[2]["id"] is None


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"id": "đơn-số-7"}, "id-invalid", "/id"),
        ({"kind": "purchase"}, "kind-unknown", "/kind"),
        ({"channel": "bồ câu"}, "channel-unknown", "/channel"),
        ({"source": "nobody-knows"}, "source-unknown", "/source"),
        ({"occurred_at": "2025-01-01T00:00:00"}, "offset-missing", "/occurred_at"),
        ({"occurred_at": "32/13/2025 25:61"}, "malformed", "/occurred_at"),
        ({"occurred_at": ago(hours=-2).isoformat()}, "occurred-in-future", "/occurred_at"),
        (
            {"consent": consent(captured_at=ago(hours=-2).isoformat())},
            "consent-in-future",
            "/consent/captured_at",
        ),
        ({"consent": consent(notice="unheard")}, "notice-unknown", "/consent/notice"),
        ({"consent": consent(version=9)}, "notice-unknown", "/consent/notice"),
        ({"consent": None}, "consent-missing", "/consent"),
        ({"consent": consent("marketing")}, "consent-missing", "/consent"),
        ({"subject": None}, "subject-missing", "/subject"),
        ({"subject": about()}, "identifier-missing", "/subject/identifiers"),
        ({"subject": about(phone="0123")}, "identifier-missing", "/subject/identifiers"),
        ({"subject": about(ip="113.161.1.2")}, "identifier-missing", "/subject/identifiers"),
        ({"subject": about(phone=912345678)}, "malformed", "/subject/identifiers/phone"),
        ({"subject": {"identifiers": {"social": {"zalo": 1}}}}, "malformed", "/subject/identifiers/social"),
        ({"payload": "đã mua"}, "malformed", "/payload"),
        ({"basis": {"kind": "because", "proof": "x"}}, "basis-unknown", "/basis/kind"),
        ({"kind": "market_note"}, "subject-not-allowed", "/subject"),
    ],
)
async def test_each_rule_has_a_reason(
    ingest: Running, changed: dict[str, Any], code: str, pointer: str
) -> None:
    (receipt,) = await ingest.send(record(**changed))
    assert receipt["status"] == "quarantined"
    assert (code, pointer) in [(reason["code"], reason["pointer"]) for reason in receipt["reasons"]]


async def test_a_missing_field_is_named(ingest: Running) -> None:
    sent = record()
    del sent["occurred_at"]
    (receipt,) = await ingest.send(sent)
    assert receipt["reasons"][0]["code"] == "field-missing"
    assert receipt["reasons"][0]["pointer"] == "/occurred_at"


async def test_reasons_never_quote_the_record(ingest: Running) -> None:
    for sent in (
        record(kind="0912345987"),
        record(subject=about(phone="0912*****7")),
        record(channel="Trân Lý"),
    ):
        answer = await ingest.client.post("/v1/records", json=sent)
        for value in ("0912345987", "0912*****7", "Trân Lý"):
            assert value not in answer.text


async def test_five_minutes_of_clock_skew_are_allowed(ingest: Running) -> None:
    soon = ago(minutes=-4).isoformat()
    await ingest.accept(record(occurred_at=soon, consent=consent(captured_at=soon)))


async def test_a_bad_identifier_is_reported_while_another_one_carries_the_record(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record(subject=about(phone="0123", email="tran@example.com")))
    assert [reason["code"] for reason in receipt["reasons"]] == ["identifier-invalid"]
    assert receipt["reasons"][0]["pointer"] == "/subject/identifiers/phone"


async def test_a_market_note_is_about_nobody(ingest: Running) -> None:
    sent = record("market_note", payload={"text": "Giá cà phê tăng"})
    del sent["subject"], sent["consent"]
    (receipt,) = await ingest.accept(sent)
    assert "subject_id" not in receipt


async def test_a_registered_source_is_accepted_and_what_waited_for_it_too(ingest: Running) -> None:
    sent = record(source="pos-hcm-01")
    assert await ingest.refuse(sent) == ["source-unknown"]
    answer = await ingest.client.post("/v1/sources", json={"key": "pos-hcm-01", "name": "Quầy 1"})
    assert answer.status_code == 201
    await ingest.becomes(sent["id"], "accepted")
    keys = [item["key"] for item in (await ingest.client.get("/v1/sources")).json()["items"]]
    assert keys == ["default", "pos-hcm-01"]


async def test_a_source_is_not_changed_by_registering_it_again(ingest: Running) -> None:
    body = {"key": "web", "name": "Trang chủ"}
    assert (await ingest.client.post("/v1/sources", json=body)).status_code == 201
    assert (await ingest.client.post("/v1/sources", json=body)).status_code == 201
    other = await ingest.client.post("/v1/sources", json={**body, "name": "Khác"})
    assert other.status_code == 409
    assert other.json()["type"].endswith("/source-exists")


async def test_the_same_again_is_a_duplicate_however_it_is_written(ingest: Running) -> None:
    sent = record(subject={"identifiers": {"phone": "0912345678"}, "attributes": PROFILE})
    (first,) = await ingest.accept(sent)
    (again,) = await ingest.send(sent)
    (turned,) = await ingest.send(dict(reversed(sent.items())))
    assert [again["status"], turned["status"]] == ["duplicate", "duplicate"]
    assert again["subject_id"] == first["subject_id"]


async def test_other_content_under_a_known_id_is_a_conflict_and_changes_nothing(ingest: Running) -> None:
    sent = record("transaction", payload={"order_id": "A1", "total": 1000})
    await ingest.accept(sent)
    (receipt,) = await ingest.send({**sent, "payload": {"order_id": "A1", "total": 2000}})
    assert receipt["status"] == "conflict"
    totals = [event.payload["total"] for event in await ingest.events("records.accepted")]
    assert totals == [1000]


async def test_duplicates_and_conflicts_inside_one_batch(ingest: Running) -> None:
    sent = record()
    receipts = await ingest.send(sent, sent, {**sent, "channel": "app"})
    assert [receipt["status"] for receipt in receipts] == ["accepted", "duplicate", "conflict"]
    assert len(await ingest.events("records.accepted")) == 1


async def test_ids_are_told_apart_by_source(ingest: Running) -> None:
    await ingest.client.post("/v1/sources", json={"key": "other"})
    sent = record()
    await ingest.accept(sent, {**sent, "source": "other"})


async def test_history_lists_and_pages(ingest: Running) -> None:
    good, bad = record(), record(channel="?")
    await ingest.send(good, bad, good)
    history = (await ingest.client.get(f"/v1/records/{good['id']}?source=default")).json()
    assert [entry["event"] for entry in history["history"]] == ["accepted", "duplicate"]
    assert history["went_to"] == ["records.accepted"]
    for status, expected in (("accepted", good), ("quarantined", bad), ("duplicate", good)):
        listed = (await ingest.client.get(f"/v1/records?status={status}")).json()["items"]
        assert [item["id"] for item in listed] == [expected["id"]]
    first = (await ingest.client.get("/v1/records?limit=2")).json()
    second = (await ingest.client.get(f"/v1/records?limit=2&cursor={first['next_cursor']}")).json()
    assert len(first["items"]) == 2
    assert len(second["items"]) == 1
    assert second["next_cursor"] is None


async def test_an_unknown_record_is_404(ingest: Running) -> None:
    for key in (record()["id"], "nonsense"):
        assert (await ingest.client.get(f"/v1/records/{key}")).status_code == 404
