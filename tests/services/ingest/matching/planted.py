"""A small invented population: three people who came twice with slips of the pen, and strangers who share a little."""

import asyncio
from typing import Any

from tests.services.ingest.harness import Running, consent, record

TWICE = {
    "hanh": (
        ("Trương Thị Bích Hạnh", "1990-04-01", "0912345987", "17/42 Ngõ Sơn Ca", "Phường Bến Nghé"),
        ("TRUONG THI BICH HANH", "1990-04-01", "0987654321", "17/42 ngo son ca", "phuong ben nghe"),
    ),
    "cuong": (
        ("Đoàn Văn Kiên Cường", "1985-12-24", "0911222333", "5 Lê Lợi", "Phường Hàng Bạc"),
        ("Đoàn Văn Kiên Cuờngg", "1985-12-24", "0911222444", "5 Lê Lợii", "Phường Hàng Bạc"),
    ),
    "lan": (
        ("Vũ Hoài Lan", "1979-03-12", "0933444111", "88 Trần Phú", "Phường Phú Hội"),
        ("Vũ Hoài Lan", "1979-12-03", "0933444711", "88 đường Trần Phú", "Phú Hội"),
    ),
}
STRANGERS = (
    ("Nguyễn Văn Dũng", "1971-07-07", "0867120934", "1 Hai Bà Trưng", "Phường An Phú"),
    ("Nguyễn Thị Mai", "1990-04-01", "0355918273", "9 Lý Thái Tổ", "Phường Vĩnh Ninh"),
    ("Nguyễn Văn Dũng", "1994-02-19", "0794036581", "23 Nguyễn Du", "Phường Thuận Hòa"),
    ("Trương Quốc Bảo", "1988-10-30", "0582647195", "17 Ngõ Huế", "Phường Bến Nghé"),
)


def told(row: tuple[str, str, str, str, str]) -> dict[str, Any]:
    """A record of one row."""
    name, born, phone, line, ward = row
    address = {"line": line, "ward": ward, "province": "Huế"}
    attributes = {"full_name": name, "date_of_birth": born, "address": address}
    subject = {"identifiers": {"phone": phone}, "attributes": attributes}
    return record(subject=subject, consent=consent())


async def plant(ingest: Running) -> dict[str, tuple[str, str]]:
    """Everybody is taken in; the two ids of each who came twice, in order."""
    rows = [row for pair in TWICE.values() for row in pair]
    receipts = await ingest.accept(*(told(row) for row in (*rows, *STRANGERS)))
    ids = [str(receipt["subject_id"]) for receipt in receipts]
    assert len(set(ids)) == len(rows) + len(STRANGERS)
    return {
        name: (min(ids[place : place + 2]), max(ids[place : place + 2]))
        for place, name in zip(range(0, len(rows), 2), TWICE, strict=True)
    }


async def job_of(ingest: Running) -> dict[str, Any]:
    """A job, once it has ended."""
    queued = await ingest.client.post("/v1/identity/jobs", headers=ingest.as_service())
    assert queued.status_code == 202, queued.text
    job: dict[str, Any] = {}
    for _ in range(1_200):
        path = f"/v1/identity/jobs/{queued.json()['id']}"
        job = (await ingest.client.get(path, headers=ingest.as_service())).json()
        if job["state"] in ("done", "failed"):
            return job
        await asyncio.sleep(0.05)
    raise AssertionError(job)


async def suggested(ingest: Running, state: str = "open") -> list[dict[str, Any]]:
    """Suggestions of one state."""
    answer = await ingest.client.get(
        "/v1/identity/suggestions", params={"state": state}, headers=ingest.as_service()
    )
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def pairs_in(items: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Whom suggestions are about."""
    return {(item["a"], item["b"]) for item in items}
