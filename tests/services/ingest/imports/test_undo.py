"""Undoing leaves the database as if the import had never been, and everything else as it was."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kernel.contracts.consents import PurposeState
from kernel.contracts.records import RecordAccepted, RecordsWithdrawn
from services.ingest.identity.tables import identifier, subject
from services.ingest.imports.service import plan_owner
from services.ingest.quarantine.tables import quarantine, quarantine_index
from services.ingest.records.tables import attempt, facet, record
from services.ingest.vault.tables import data_key
from tests.happened import consent_state
from tests.running import until
from tests.services.ingest.harness import Running, ago, consent, running_ingest
from tests.services.ingest.harness import record as a_record
from tests.services.ingest.imports.uploads import finished, imported, state_of, upload
from tests.services.ingest.test_claims import prove, suggestions

TABLES = (record, facet, attempt, subject, identifier, quarantine, quarantine_index)


async def everything(ingest: Running) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of what records leave, and the owners of data keys."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with ingest.app.state.chassis.database.snapshot() as connection:
        for table in TABLES:
            columns = [
                one for one in table.columns if one.name != "due"
            ]  # whether it is judged again just now
            rows = await connection.execute(sa.select(*columns))
            found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    plans = {plan for one in (await ingest.client.get("/v1/imports")).json()["items"] for plan in [one["id"]]}
    async with ingest.app.state.rooms.vault.ring.snapshot() as connection:
        owners = {row.owner for row in await connection.execute(sa.select(data_key.c.owner))}
    found["keys"] = sorted((owner,) for owner in owners - {plan_owner(plan) for plan in plans})
    return found


async def undo(ingest: Running, key: str) -> dict[str, Any]:
    answer = await ingest.client.post(f"/v1/imports/{key}/undo")
    assert answer.status_code == 202, answer.text
    return await finished(ingest, key)


def person(phone: str, name: str, **more: Any) -> dict[str, Any]:
    return {"identifiers": {"phone": phone, **more}, "attributes": {"full_name": name}}


LIST = (
    "Mã KH,Họ và tên,SĐT,Email,CCCD\n"
    "KH1,Lý Bảo Trân,0912345678,tran.moi@example.com,079190000011\n"  # known, and more is told of her
    "KH2,Đỗ Minh Khôi,0987654321,khoi@example.com,\n"  # new
    "KH2,Đỗ Minh Khôi,0987654321,khoi@example.com,\n"  # the same person again
    "KH3,Người Khác,0905888101,khac@example.com,\n"  # another name on a known phone
    ",Không Ai,abc,,\n"  # waits in quarantine
)


async def test_the_database_is_as_before(ingest: Running) -> None:
    await mind_undoing(ingest)


async def test_a_server_is_as_before(postgres_url: str, tmp_path: Path) -> None:
    async with running_ingest(tmp_path, database_url=postgres_url) as ingest:
        await mind_undoing(ingest)


async def mind_undoing(ingest: Running) -> None:
    known = person("0912345678", "Lý Bảo Trân", email="tran@example.com")
    await ingest.accept(
        a_record(subject=known, consent=consent()),
        a_record("transaction", subject=person("0905888101", "Vũ Ngọc Hà"), payload={"total": 5}),
    )
    await ingest.refuse(a_record(channel="?"))
    await until(lambda: nothing_due(ingest))
    before = await everything(ingest)
    done = await imported(ingest, LIST.encode(), consent=consent(captured_at=ago(minutes=5).isoformat()))
    assert (done["accepted"], done["quarantined"]) == (4, 1)
    assert await everything(ingest) != before
    assert (await undo(ingest, done["id"]))["state"] == "undone"
    assert await everything(ingest) == before


CLAIMS = (
    "Họ và tên,SĐT,Email,Ngày sinh\n"
    "Hồ Gia Hân,0912345678,,12/9/1962\n"  # another birth date with another name
    "Kẻ Lạ,0905888101,la@evil.example,\n"  # claims a phone that somebody proved to hold
)


async def test_origins_that_only_claim_somebody_else_go_without_a_trace(ingest: Running) -> None:
    known = person("0912345678", "Lý Bảo Trân")
    known["attributes"]["date_of_birth"] = "1990-04-01"
    await ingest.accept(
        a_record(subject=known),
        a_record(subject=person("0905888101", "Vũ Ngọc Hà"), consent=consent("service")),
    )
    await prove(ingest, "0905888101")
    before = await everything(ingest)
    done = await imported(ingest, CLAIMS.encode(), consent=consent())
    assert done["accepted"] == 2
    assert len(await suggestions(ingest)) == 2
    await undo(ingest, done["id"])
    assert await suggestions(ingest) == []
    assert await everything(ingest) == before


async def nothing_due(ingest: Running) -> bool:
    async with ingest.app.state.chassis.database.snapshot() as connection:
        return not await connection.scalar(sa.select(sa.exists().where(quarantine.c.due)))


async def test_the_same_file_comes_in_again_after_its_undoing(ingest: Running) -> None:
    first = await imported(ingest, LIST.encode(), consent=consent())
    await undo(ingest, first["id"])
    again = await imported(ingest, LIST.encode(), consent=consent())
    assert again["accepted"] == first["accepted"]


async def test_what_was_there_before_stays_and_duplicates_are_nobodys_to_take(ingest: Running) -> None:
    given = consent()
    first = await imported(ingest, LIST.encode(), consent=given)
    before = await everything(ingest)
    second = await imported(ingest, LIST.encode(), consent=given)
    assert (second["accepted"], second["duplicate"], second["quarantined"]) == (0, first["accepted"], 1)
    await undo(ingest, second["id"])
    assert await everything(ingest) == before


async def test_what_came_from_elsewhere_since_stays_findable(ingest: Running) -> None:
    done = await imported(ingest, LIST.encode(), consent=consent())
    (receipt,) = await ingest.accept(a_record(subject=person("0987654321", "Đỗ Minh Khôi")))
    await undo(ingest, done["id"])
    found = await ingest.resolve(phone="0987654321")
    assert found["subject_id"] == receipt["subject_id"]
    assert (await ingest.resolve(email="khoi@example.com"))["subject_id"] is None
    revealed = await ingest.reveal(ingest.grant(receipt["subject_id"], "full_name", "phone"))
    assert revealed.json()["fields"] == {"full_name": "Đỗ Minh Khôi", "phone": "+84987654321"}


async def test_a_released_item_goes_with_its_import(ingest: Running) -> None:
    before = await everything(ingest)
    done = await imported(ingest, LIST.encode(), consent=consent())
    (item,) = (await ingest.client.get("/v1/quarantine")).json()["items"]
    corrected = a_record(subject=person("0905888199", "Không Ai"))
    answer = await ingest.client.post(f"/v1/quarantine/{item['id']}/release", json={"record": corrected})
    assert answer.json()["status"] == "accepted"
    await undo(ingest, done["id"])
    assert await everything(ingest) == before


async def test_a_withdrawal_is_never_forgotten(ingest: Running) -> None:
    done = await imported(ingest, LIST.encode(), consent=consent())
    who = (await ingest.resolve(phone="0987654321"))["subject_id"]
    await ingest.hear(consent_state(who, 7, marketing=PurposeState(withdrawn_at=ago())))
    await undo(ingest, done["id"])
    assert (await ingest.resolve(phone="0987654321"))["subject_id"] == who


async def test_every_service_is_told_once_of_each_person(ingest: Running) -> None:
    done = await imported(ingest, LIST.encode(), consent=consent())
    await undo(ingest, done["id"])
    events = await ingest.events("records.accepted")
    came = {event.record_id: event.subject for event in events if isinstance(event, RecordAccepted)}
    gone = {
        key: event.subject
        for event in events
        if isinstance(event, RecordsWithdrawn)
        for key in event.record_ids
    }
    assert gone == came
    assert len(came) == 4


async def test_a_running_import_stops_and_is_undone(ingest: Running) -> None:
    before = await everything(ingest)
    rows = "".join(f"Lý Thị {place},09{place:08d}\n" for place in range(10_000_000, 10_006_000))
    key = await upload(ingest, f"Họ và tên,SĐT\n{rows}".encode(), consent=consent())
    state = await undo(ingest, key)
    assert state["state"] == "undone"
    assert await everything(ingest) == before
    assert (await state_of(ingest, key))["state"] == "undone"
