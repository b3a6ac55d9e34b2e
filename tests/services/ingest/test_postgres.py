"""The same promises on a PostgreSQL server, with two processes' worth of ingest side by side."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from deploy.engines import create_databases, database_url, drop_databases
from kernel.contracts.consents import PurposeState
from kernel.ids import new_id
from tests.services.ingest.harness import Running, about, ago, record, running_ingest

Pair = tuple[Running, Running]


@pytest.fixture
def keyring_url(postgres_server_url: str) -> Iterator[str]:
    """A database for the keyring, beside the one for the data."""
    name = f"keyring_{new_id().replace('-', '')}"
    create_databases(postgres_server_url, [name])
    yield database_url(postgres_server_url, name)
    drop_databases(postgres_server_url, [name])


@pytest.fixture
async def pair(tmp_path: Path, postgres_url: str, keyring_url: str) -> AsyncIterator[Pair]:
    """Two ingests on one database, one keyring and one folder of keys; the second has a log of its own."""
    urls = {"database_url": postgres_url, "keyring_url": keyring_url}
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(running_ingest(tmp_path, **urls))
        apart = {"view": False, "log_url": f"sqlite:///{tmp_path}/second.db"}
        yield first, await stack.enter_async_context(running_ingest(tmp_path, **urls, **apart))


async def test_one_person_is_made_whoever_comes_first(pair: Pair) -> None:
    for round_ in range(8):
        phone = f"091234567{round_}"
        receipts = await asyncio.gather(
            *(
                one.send(
                    *(
                        record(subject=about(phone=phone, email=f"a{n}.{round_}@example.com"))
                        for n in range(5)
                    )
                )
                for one in (*pair, *pair)
            )
        )
        statuses = {receipt["status"] for batch in receipts for receipt in batch}
        assert statuses == {"accepted"}, [one for batch in receipts for one in batch if "reasons" in one]
        subjects = {receipt["subject_id"] for batch in receipts for receipt in batch}
        assert statuses == {"accepted"}
        assert len(subjects) == 1
        answer = await pair[1].reveal(pair[1].grant(subjects.pop(), "phone"))
        assert answer.json() == {"fields": {"phone": f"+84{phone[1:]}"}}


async def test_the_same_records_sent_to_both_are_stored_once(pair: Pair) -> None:
    sent = [record(subject=about(phone=f"09123{number:05d}")) for number in range(300)]
    answers = await asyncio.gather(pair[0].send(*sent), pair[1].send(*reversed(sent)))
    statuses = sorted(receipt["status"] for receipts in answers for receipt in receipts)
    assert statuses == ["accepted"] * 300 + ["duplicate"] * 300


async def test_quarantine_consent_and_reveal_work_alike(pair: Pair) -> None:
    first, second = pair
    sent = record("survey", consent=None)
    assert await first.refuse(sent) == ["consent-missing"]
    (item,) = (await second.client.get("/v1/quarantine")).json()["items"]
    assert item["record_id"] == sent["id"]
    subject = (await second.resolve(phone="0912345678", create=True))["subject_id"]
    await first.change_consent(subject, 1, analytics=PurposeState(granted_at=ago(seconds=1)))
    await second.becomes(sent["id"], "accepted")
    assert (await second.client.get("/v1/quarantine")).json()["items"] == []
    grant = first.grant(subject, "phone")
    answers = await asyncio.gather(first.reveal(grant), second.reveal(grant))
    assert sorted(answer.status_code for answer in answers) == [200, 403]


async def test_lists_and_histories_page_alike(pair: Pair) -> None:
    sent = [record(), record(channel="?")]
    await pair[0].send(*sent, sent[0])
    page = (await pair[1].client.get("/v1/records?limit=2")).json()
    rest = (await pair[1].client.get(f"/v1/records?limit=2&cursor={page['next_cursor']}")).json()
    assert len(page["items"]) + len(rest["items"]) == 3
    history = (await pair[1].client.get(f"/v1/records/{sent[0]['id']}")).json()["history"]
    assert [entry["event"] for entry in history] == ["accepted", "duplicate"]


async def test_a_plan_is_numbered_once_and_what_broke_it_is_judged_again_by_whoever_comes(pair: Pair) -> None:
    bodies = [
        {"kind": "transaction", "fields": {"payload.total": {"required": True, "minimum": n}}}
        for n in (1, 2, 3, 4)
    ]
    answers = await asyncio.gather(
        *(pair[n % 2].client.post("/v1/sources/default/plans", json=body) for n, body in enumerate(bodies))
    )
    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3, 4]
    page = (await pair[0].client.get("/v1/sources/default/plans", params={"limit": 3})).json()
    rest = {"limit": 3, "cursor": page["next_cursor"]}
    (oldest,) = (await pair[0].client.get("/v1/sources/default/plans", params=rest)).json()["items"]
    assert (oldest["version"], oldest["in_force"]) == (1, False)
    sent = record("transaction", payload={})
    assert await pair[0].refuse(sent) == ["plan-violated"]
    await pair[1].client.post("/v1/sources/default/plans", json={"kind": "transaction", "mode": "off"})
    await pair[0].becomes(sent["id"], "accepted")
