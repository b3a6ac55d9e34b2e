"""What waits: shown masked, judged again, released once, never twice."""

from typing import Any

import sqlalchemy as sa

from kernel.ids import new_id
from services.ingest.quarantine.tables import quarantine, quarantine_index
from services.ingest.vault.tables import data_key
from tests.services.ingest.harness import Running, about, record


async def waiting(ingest: Running) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await ingest.client.get("/v1/quarantine")).json()["items"]
    return items


async def release(ingest: Running, item: str, corrected: Any = None) -> tuple[int, dict[str, Any]]:
    body = {"json": {"record": corrected}} if corrected is not None else {}
    answer = await ingest.client.post(f"/v1/quarantine/{item}/release", **body)
    return answer.status_code, answer.json()


async def test_items_are_shown_masked_with_their_reasons(ingest: Running) -> None:
    who = {
        "identifiers": {"phone": "0912345678", "email": "tran@example.com"},
        "attributes": {"full_name": "Lý Bảo Trân", "date_of_birth": "1990-04-01"},
    }
    sent = record("interview", subject=who, channel="?", payload={"text": "Gọi chị Đỗ Minh Khôi 0987654321"})
    await ingest.send(sent)
    (item,) = await waiting(ingest)
    assert item["record_id"] == sent["id"]
    assert item["source"] == "default"
    assert item["reasons"][0]["code"] == "channel-unknown"
    shown = item["record"]
    assert shown["subject"]["identifiers"] == {"phone": "09•••••678", "email": "t•••@example.com"}
    assert shown["subject"]["attributes"]["date_of_birth"] == "1990-••-••"
    assert shown["consent"]["proof"] == "•••"
    for secret in ("0912345678", "Trân", "0987654321", "Minh Khôi", sent["consent"]["proof"]):
        assert secret not in str(item)


async def test_the_same_record_again_is_no_second_item(ingest: Running) -> None:
    sent = record(channel="?")
    for _ in range(3):
        assert await ingest.refuse(sent) == ["channel-unknown"]
    assert len(await waiting(ingest)) == 1


async def test_a_good_copy_supersedes_the_waiting_one(ingest: Running) -> None:
    sent = record(channel="?")
    await ingest.refuse(sent)
    (item,) = await waiting(ingest)
    await ingest.accept({**sent, "channel": "web"})
    assert await waiting(ingest) == []
    status, problem = await release(ingest, item["id"])
    assert status == 409
    assert problem["type"].endswith("/quarantine-left")
    history = (await ingest.client.get(f"/v1/records/{sent['id']}")).json()["history"]
    assert {entry["event"] for entry in history} == {"quarantined", "accepted", "superseded"}


async def test_a_correction_is_released_with_its_lineage(ingest: Running) -> None:
    sent = record(channel="?")
    await ingest.refuse(sent)
    (item,) = await waiting(ingest)
    status, receipt = await release(ingest, item["id"], {**sent, "channel": "web"})
    assert (status, receipt["status"], receipt["id"]) == (200, "accepted", sent["id"])
    assert (await release(ingest, item["id"]))[0] == 409
    history = (await ingest.client.get(f"/v1/records/{sent['id']}")).json()["history"]
    assert {entry["quarantine_id"] for entry in history} == {item["id"], None}


async def test_a_record_without_an_id_is_released_under_the_corrected_one(ingest: Running) -> None:
    good = record()
    await ingest.refuse({**good, "id": "đơn-số-7"})
    (item,) = await waiting(ingest)
    assert item["record_id"] is None
    assert (await release(ingest, item["id"], good))[1]["status"] == "accepted"
    history = (await ingest.client.get(f"/v1/records/{good['id']}")).json()["history"]
    assert history[0]["quarantine_id"] == item["id"]


async def test_still_bad_it_waits_on_as_it_was(ingest: Running) -> None:
    sent = record(channel="?")
    await ingest.refuse(sent)
    (item,) = await waiting(ingest)
    status, receipt = await release(ingest, item["id"], {**sent, "kind": "?"})
    assert (status, receipt["status"]) == (200, "quarantined")
    assert receipt["reasons"][0]["code"] == "kind-unknown"
    status, receipt = await release(ingest, item["id"])
    assert (status, receipt["reasons"][0]["code"]) == (200, "channel-unknown")
    assert await waiting(ingest) == [item]


async def test_unknown_items_and_malformed_corrections_are_refused(ingest: Running) -> None:
    assert (await release(ingest, new_id()))[0] == 404
    assert (await release(ingest, "nonsense"))[0] == 404
    await ingest.refuse(record(channel="?"))
    (item,) = await waiting(ingest)
    answer = await ingest.client.post(f"/v1/quarantine/{item['id']}/release", content=b"{")
    assert answer.status_code == 400


async def test_a_release_of_what_was_stored_meanwhile_stores_nothing_twice(ingest: Running) -> None:
    good = record()
    await ingest.accept(good)
    await ingest.refuse({**good, "id": "x"})
    (item,) = await waiting(ingest)
    assert (await release(ingest, item["id"], good))[1]["status"] == "duplicate"
    assert await waiting(ingest) == []
    assert len(await ingest.events("records.accepted")) == 1


async def test_what_left_leaves_neither_text_nor_key_nor_index(ingest: Running) -> None:
    sent = record(channel="?", subject=about(phone="0912345678"))
    await ingest.refuse(sent)
    (item,) = await waiting(ingest)
    await release(ingest, item["id"], {**sent, "channel": "web"})
    database, keyring = ingest.app.state.chassis.database, ingest.app.state.rooms.vault.keyring
    async with database.snapshot() as data, keyring.snapshot() as keys:
        assert (await data.execute(sa.select(quarantine.c.sealed))).scalars().all() == [None]
        assert (await data.execute(sa.select(quarantine_index))).all() == []
        owners = (await keys.execute(sa.select(data_key.c.owner))).scalars().all()
    assert item["id"] not in owners


async def test_pages_hold_every_item_once(ingest: Running) -> None:
    await ingest.send(*(record(channel="?") for _ in range(5)))
    seen, cursor = [], ""
    while True:
        page = (await ingest.client.get(f"/v1/quarantine?limit=2{cursor}")).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 5
    assert (await ingest.client.get("/v1/quarantine?cursor=!")).status_code == 422
