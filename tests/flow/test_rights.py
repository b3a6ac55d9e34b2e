"""A person's rights through the gateway and every service: a copy of everything, an erasure that everybody confirms, and
a restriction at all three doors."""

import asyncio
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.demo.connect import open_client
from kernel.ids import new_id
from tests.flow.platforms import Embedded, credentials_of, embedded
from tests.running import until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
]

PHONE, STRANGER = "0912345671", "0912345672"
EVERYWHERE = {
    "ingest/records", "verify/consents", "verify/evidence", "verify/findings",
    "persona/facts", "gateway/consents", "gateway/consent_acts", "gateway/audit", "gateway/requests",
}  # fmt: skip
"""What was planted: a copy without one of these is not whole."""
SERVICES = {"ingest", "verify", "social", "persona", "gateway"}


def client_of(platform: Embedded, role: str) -> httpx2.AsyncClient:
    return open_client(credentials_of(platform.data_dir), role=role, base_url=platform.base_url)


def record(kind: str, phone: str, **payload: Any) -> dict[str, Any]:
    """An invented record with consent to everything."""
    now = datetime.now(UTC).isoformat()
    purposes = ["service", "verification", "analytics", "profiling", "marketing"]
    consent = {"notice": "core", "version": 1, "purposes": purposes, "method": "form", "captured_at": now}
    return {
        "id": new_id(),
        "channel": "transaction" if kind == "transaction" else "survey",
        "kind": kind,
        "occurred_at": now,
        "subject": {"identifiers": {"phone": phone}, "attributes": {"full_name": "Lý Thị Mơ"}},
        "payload": payload,
        "consent": {**consent, "proof": new_id()},
        "collector": {"id": "staff-7", "duration_ms": 83_000},
    }


async def collect(platform: Embedded) -> tuple[str, str]:
    """Two people are met; their ids."""
    records = [
        record("transaction", PHONE, order_id="DH-1", total=350_000, currency="VND"),
        record("survey", PHONE, form="nps", answers={"why": "Giao hàng nhanh, nhân viên dễ thương"}),
        record("transaction", STRANGER, order_id="DH-2", total=120_000, currency="VND"),
    ]
    async with client_of(platform, "collector") as client:
        receipts = (await client.post("/v1/records/batch", json={"records": records})).json()["receipts"]
    assert [receipt["status"] for receipt in receipts] == ["accepted"] * 3
    return str(receipts[0]["subject_id"]), str(receipts[2]["subject_id"])


async def prove_number(platform: Embedded, person: str) -> None:
    """The person enters the code that was sent to them."""
    async with client_of(platform, "collector") as client:
        body = {"subject_id": person, "purpose": "verification"}

        async def sent() -> str | None:
            answer = await client.post("/v1/verifications", json=body)
            return str(answer.json()["id"]) if answer.status_code == 201 else None

        opened = await until(sent, within=60, pause=0.3)
        message = json.loads((platform.data_dir / "outbox" / f"{opened}.json").read_text("utf-8"))
        checked = await client.post(f"/v1/verifications/{opened}/check", json={"code": message["code"]})
        assert checked.status_code == 200, checked.text


async def restricted_at_every_door(platform: Embedded, officer: httpx2.AsyncClient, person: str) -> None:
    """Nothing is read of the person at once; soon nothing is stored or sent either."""
    body = {"type": "restrict", "subject_id": person}
    assert (await officer.post("/v1/privacy-requests", json=body)).json()["state"] == "done"
    async with client_of(platform, "operator") as operator:
        read = await operator.get(f"/v1/subjects/{person}?purpose=service")
    assert read.json()["type"].endswith("/consent-missing")
    async with client_of(platform, "collector") as client:

        async def not_stored() -> bool:
            told = record("transaction", STRANGER, order_id=new_id(), total=1, currency="VND")
            return bool((await client.post("/v1/records", json=told)).json()["status"] == "quarantined")

        async def not_sent() -> bool:
            asked = {"subject_id": person, "purpose": "verification"}
            return (await client.post("/v1/verifications", json=asked)).status_code == 403

        await until(not_stored, within=60, pause=0.3)
        await until(not_sent, within=60, pause=0.3)


async def whole_copy(officer: httpx2.AsyncClient, person: str) -> dict[str, Any]:
    """The lists in a person's copy, once the services have heard of the records."""

    async def complete() -> dict[str, Any] | None:
        body = {"type": "access", "subject_id": person}
        request = (await officer.post("/v1/privacy-requests", json=body)).json()["id"]
        answer = await officer.get(f"/v1/privacy-requests/{request}/export")
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".json")]
            told = {name.removesuffix(".json"): json.loads(archive.read(name)) for name in names}
        return told if told.keys() >= EVERYWHERE else None

    found: dict[str, Any] = await until(complete, within=60, pause=0.5)
    return found


async def erased(officer: httpx2.AsyncClient, person: str) -> dict[str, Any]:
    """The certificate of the person's erasure."""
    filed = await officer.post("/v1/privacy-requests", json={"type": "erase", "subject_id": person})
    path = f"/v1/privacy-requests/{filed.json()['id']}"

    async def done() -> bool:
        return bool((await officer.get(path)).json()["state"] == "done")

    await until(done, within=60, pause=0.3)
    certificate: dict[str, Any] = (await officer.get(f"{path}/certificate")).json()
    return certificate


async def told_of(platform: Embedded, person: str) -> None:
    """The person's timeline, for a purpose that they consent to."""
    async with client_of(platform, "operator") as operator:
        path = f"/v1/subjects/{person}/timeline?purpose="
        items = (await operator.get(path + "marketing")).json()["items"]
        assert {item["kind"]: item["summary"] for item in items} == {
            "transaction": "350,000 VND",
            "survey": "nps",
        }
        assert (await operator.get(path + "research")).json()["type"].endswith("/consent-missing")


async def walk(platform: Embedded) -> None:
    person, stranger = await collect(platform)
    await prove_number(platform, person)
    async with client_of(platform, "privacy_officer") as officer:
        told = await whole_copy(officer, person)
        assert len(told["ingest/records"]) == 2
        assert PHONE in json.dumps(told["ingest/records"])
        assert STRANGER not in json.dumps(told)
        assert {"gateway/consents", "gateway/audit", "persona/facts"} <= told.keys()
        await told_of(platform, person)
        certificate = await erased(officer, person)
        assert {one["service"] for one in certificate["destroyed"]} == SERVICES
        count = {(one["service"], one["what"]): one["count"] for one in certificate["destroyed"]}
        assert count["ingest", "data keys"] == 1
        assert count["ingest", "records"] == 2
        assert count["persona", "facts"] > 0
        assert (await officer.get(f"/v1/subjects/{person}?purpose=legal")).status_code == 410
        again = await officer.post("/v1/privacy-requests", json={"type": "access", "subject_id": person})
        assert again.status_code == 410
        assert count["verify", "evidence"] == 1
        await restricted_at_every_door(platform, officer, stranger)


def test_a_person_gets_everything_and_is_then_gone_everywhere(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        asyncio.run(walk(platform))
