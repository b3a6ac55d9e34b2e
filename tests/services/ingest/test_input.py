"""Bad input never hurts: a clear refusal or the quarantine, nothing lost."""

import gzip
import json
from typing import Any

import pytest

from tests.services.ingest.harness import Running, about, record

BATCH, SINGLE = "/v1/records/batch", "/v1/records"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"records",
        b"[]",
        b"7",
        b'{"records": {}}',
        b'{"other": []}',
        b'{"records": [NaN]}',
        b'{"records": [{"id": Infinity}]}',
        b'{"records": [{"id": 01}]}',
        b'{"records": [{"id": "a",}]}',
        b'{"records": ["\xff\xfe"]}',
        b'{"records": [{"id": "\x01"}]}',
        b'{"records": [{"id": "\\x"}]}',
        b'{"records": []} trailing',
        b'{"records": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"records": [' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"]}",
        '{"records": []}'.encode("utf-16"),
    ],
)
async def test_what_a_strict_parser_refuses_is_400(ingest: Running, body: bytes) -> None:
    answer = await ingest.client.post(BATCH, content=body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/malformed-input")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"id": NaN}', b'{"a": "\xff"}', b"{" * 10])
async def test_a_single_record_must_be_a_json_object(ingest: Running, body: bytes) -> None:
    assert (await ingest.client.post(SINGLE, content=body)).status_code == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"null",
        b"[]",
        b'"text"',
        b"12",
        b"{}",
        b'{"id": "\\ud800"}',
        b'{"kind": {"a": 1}}',
        b'{"id": 5, "kind": "profile"}',
        b'{"kind": "survey", "payload": {"answers": ' + b"[" * 300 + b"]" * 300 + b"}}",
    ],
)
async def test_strict_json_that_is_no_record_is_quarantined_and_kept(ingest: Running, raw: bytes) -> None:
    answer = await ingest.client.post(BATCH, content=b'{"records": [' + raw + b"]}")
    assert answer.status_code == 202, answer.text
    assert answer.json()["receipts"][0]["status"] == "quarantined"
    items = (await ingest.client.get("/v1/quarantine")).json()["items"]
    assert len(items) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": about(email="a\u0000b@example.com", phone="0912345678")},
        {"kind": "transaction", "payload": {"total": "một trăm nghìn"}},
        {"kind": "transaction", "payload": {"total": 10**30}},
        {"kind": "transaction", "payload": {"items": {}}},
        {"kind": "interaction", "payload": {"properties": []}},
        {"consent": {"notice": "core"}},
        {"collector": {"id": "s", "location": {"lat": 1000, "lon": 0}}},
        {"occurred_at": 1_700_000_000},
        {"subject": "0912345678"},
    ],
)
async def test_wrong_types_are_quarantined(ingest: Running, changed: dict[str, Any]) -> None:
    await ingest.refuse(record(**changed))


async def test_one_lone_surrogate_does_not_fail_its_batch(ingest: Running) -> None:
    bad = record()
    body = json.dumps({"records": [record(), bad]}).replace(bad["id"], "\\ud83d")
    answer = await ingest.client.post(BATCH, content=body.encode())
    assert [receipt["status"] for receipt in answer.json()["receipts"]] == ["accepted", "quarantined"]


async def test_odd_times_and_texts_are_stored(ingest: Running) -> None:
    await ingest.accept(
        record(occurred_at="0001-01-01T00:00:00+07:00"),
        record(occurred_at="2020-02-29T23:59:59.999999-12:00"),
        record("interview", payload={"text": "😀" * 1000 + "\r\n\t\u200b", "rating": 4.5}),
    )


async def test_more_than_a_thousand_records_are_413(ingest: Running) -> None:
    answer = await ingest.client.post(BATCH, json={"records": [{}] * 1_001})
    assert answer.status_code == 413
    assert (await ingest.client.post(BATCH, json={"records": [{}] * 1_000})).status_code == 202


async def test_an_empty_batch_has_no_receipts(ingest: Running) -> None:
    assert await ingest.send() == []


async def test_gzip_is_accepted_and_bounded(ingest: Running) -> None:
    headers = {"content-encoding": "gzip"}
    body = gzip.compress(json.dumps({"records": [record()]}).encode())
    answer = await ingest.client.post(BATCH, content=body, headers=headers)
    assert answer.json()["receipts"][0]["status"] == "accepted"
    bomb = gzip.compress(b'{"records": [' + b" " * 20_000_000 + b"]}")
    assert (await ingest.client.post(BATCH, content=bomb, headers=headers)).status_code == 413
    assert (await ingest.client.post(BATCH, content=body[:-20], headers=headers)).status_code == 400


async def test_nobody_comes_in_without_a_token_or_the_scope(ingest: Running) -> None:
    for headers in ({"x-chandung-caller": ""}, {"x-chandung-caller": "forged"}):
        assert (await ingest.client.post(SINGLE, json=record(), headers=headers)).status_code == 401
    answer = await ingest.client.post("/internal/resolve", json={"identifiers": {}})
    assert answer.status_code == 403
    assert (await ingest.client.post("/internal/reveal", json={"grant": "x"})).status_code == 403


async def test_the_bare_doors_are_documented(ingest: Running) -> None:
    document = (await ingest.client.get("/openapi.json")).json()
    body = document["paths"][BATCH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["records"]["items"] == {"$ref": "#/components/schemas/Record"}
    assert document["components"]["schemas"]["Record"]["discriminator"]["mapping"].keys() >= {
        "profile",
        "survey",
    }
