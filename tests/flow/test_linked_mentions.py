"""From a public comment to a portrait, through the gateway and every service, and back out of it."""

import asyncio
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.demo.connect import open_client
from tests.flow.people import consent, record, send
from tests.flow.platforms import Embedded, credentials_of, embedded
from tests.running import until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
]

HANDLE = "fb.nguoi.tuong.tuong.81"


def client_of(platform: Embedded, role: str) -> httpx2.AsyncClient:
    return open_client(credentials_of(platform.data_dir), role=role, base_url=platform.base_url)


async def portrayed(officer: httpx2.AsyncClient, person: str) -> list[dict[str, Any]]:
    """The mentions among what persona holds of somebody, by their own copy."""
    body = {"type": "access", "subject_id": person}
    request = (await officer.post("/v1/privacy-requests", json=body)).json()["id"]
    answer = await officer.get(f"/v1/privacy-requests/{request}/export")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        if "persona/facts.json" not in archive.namelist():
            return []
        return [fact for fact in json.loads(archive.read("persona/facts.json")) if fact["kind"] == "mention"]


async def told(operator: httpx2.AsyncClient, native_id: str) -> None:
    """A complaint on our own page, by the person or by a stranger."""
    moment = datetime.now(UTC).isoformat()
    said = {"id": native_id, "platform": "facebook", "text": "giao hàng chậm quá, thất vọng"}
    batch = {"mentions": [{**said, "published_at": moment, "author": {"handle": HANDLE}}]}
    reply = await operator.post("/v1/mentions/batch", json=batch)
    assert reply.status_code == 202, reply.text


async def a_life(platform: Embedded) -> None:
    async with (
        client_of(platform, "operator") as operator,
        client_of(platform, "privacy_officer") as officer,
        client_of(platform, "collector") as collector,
    ):
        await told(operator, "c-1")
        subject = {"identifiers": {"phone": "0905 111 333", "social": {"facebook": HANDLE}}}
        given = consent(["service", "profiling"], datetime.now(UTC) - timedelta(minutes=1))
        (receipt,) = await send(collector, record(subject=subject, consent=given))
        person = receipt["subject_id"]

        async def mentions_are(count: int) -> None:
            async def so_many() -> bool:
                return len(await portrayed(officer, person)) == count

            await until(so_many, pause=0.3)

        await mentions_are(1)
        await told(operator, "c-2")
        await mentions_are(2)
        removed = {"removed": [{"platform": "facebook", "id": "c-1"}]}
        assert (await operator.post("/v1/mentions/removals", json=removed)).json() == {"removed": 1}
        await mentions_are(1)
        body = {"subject_id": person, "purposes": ["profiling"]}
        assert (await operator.post("/v1/consents/withdraw", json=body)).status_code == 200
        await mentions_are(0)
        assert len((await operator.get("/v1/mentions")).json()["items"]) == 1
        erasing = await officer.post("/v1/privacy-requests", json={"type": "erase", "subject_id": person})
        assert erasing.status_code == 202, erasing.text

        async def forgotten() -> bool:
            return not (await operator.get("/v1/mentions")).json()["items"]

        await until(forgotten, pause=0.3)


def test_a_comment_counts_in_a_portrait_as_long_as_its_person_agrees(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        asyncio.run(a_life(platform))
        assert platform.stop() == 0
    handle = HANDLE.encode()
    leaking = [path.name for path in tmp_path.rglob("*") if path.is_file() and handle in path.read_bytes()]
    assert leaking == []
