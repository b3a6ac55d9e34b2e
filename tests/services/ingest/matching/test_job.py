"""People who may be one are suggested by a job in a process of its own."""

import asyncio
from typing import Any

from tests.services.ingest.harness import Running, record

TWICE = [
    ("Nguyễn Thị Ánh", "1990-04-01", "0912345678", "Phường Bến Nghé"),
    ("NGUYEN THI ANH", "1990-04-01", "0987654321", "phuong ben nghe"),
    ("Trần Văn Bình", "1985-12-24", "0911222333", "Phường Hàng Bạc"),
    ("Nguyễn Văn Cường", "1971-07-07", "0933444555", "Phường An Phú"),
]


async def test_one_woman_with_two_phones_is_suggested_with_words_and_nobody_is_merged(
    ingest: Running,
) -> None:
    subjects = []
    for name, born, phone, ward in TWICE:
        attributes = {"full_name": name, "date_of_birth": born, "address": {"ward": ward, "province": "Huế"}}
        (receipt,) = await ingest.accept(
            record(subject={"identifiers": {"phone": phone}, "attributes": attributes})
        )
        subjects.append(receipt["subject_id"])
    job = await finished(ingest)
    assert (job["state"], job["people"], job["suggestions"], job["threshold_basis"]) == (
        "done",
        4,
        1,
        "default",
    )
    answer = await ingest.client.get("/v1/identity/suggestions", headers=ingest.as_service())
    (told,) = answer.json()["items"]
    assert {told["a"], told["b"]} == set(subjects[:2])
    agrees = {one["field"]: one["level"] for one in told["evidence"]}
    assert (agrees["given_name"], agrees["date_of_birth"], agrees["phone"]) == ("same", "same", "different")
    assert not any(value in answer.text for value in ("Ánh", "1990", "912345678"))
    assert (await ingest.client.get("/v1/identity/jobs/x", headers=ingest.as_service())).status_code == 404


async def finished(ingest: Running) -> dict[str, Any]:
    queued = await ingest.client.post("/v1/identity/jobs", headers=ingest.as_service())
    assert queued.status_code == 202, queued.text
    for _ in range(600):
        answer = await ingest.client.get(
            f"/v1/identity/jobs/{queued.json()['id']}", headers=ingest.as_service()
        )
        job: dict[str, Any] = answer.json()
        if job["state"] in ("done", "failed"):
            return job
        await asyncio.sleep(0.1)
    raise AssertionError(job)
