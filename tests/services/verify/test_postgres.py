"""The same promises on a PostgreSQL server, where transactions really run side by side."""

import asyncio
from collections import Counter
from pathlib import Path

from services.verify.challenges.service import sweep
from services.verify.collectors.stream import watch_collection
from tests.running import body_of
from tests.services.verify.collectors.test_stream import record
from tests.services.verify.running import NOON, consented, running

PHONE, E164 = "0912345678", "+84912345678"


async def test_checks_and_sendings_are_counted_one_by_one(tmp_path: Path, postgres_url: str) -> None:
    async with running(tmp_path, database_url=postgres_url) as verify:
        sent = await asyncio.gather(*(verify.start(PHONE, client=f"c{n}") for n in range(20)))
        assert Counter(reply.status for reply in sent) == {201: 5, 429: 15}
        verification = body_of(await verify.start("0912345679"))["id"]
        code = verify.code_of(verification)
        replies = await asyncio.gather(*(verify.check(verification, code) for _ in range(200)))
        assert Counter(reply.status for reply in replies) == {200: 1, 422: 4, 429: 195}


async def test_consent_and_collectors_work_alike(tmp_path: Path, postgres_url: str) -> None:
    async with running(tmp_path, database_url=postgres_url) as verify:
        person = verify.ingest.add(phone=E164)
        await verify.consents()
        assert (await verify.start(PHONE)).status == 403
        await verify.consents(consented(person, 2, granted=NOON), consented(person, 1, granted=None))
        await verify.consents(consented(person, 1, granted=None))
        assert (await verify.start(PHONE)).status == 201
        survey = {"kind": "survey", "payload": {"answers": {"a": 1}}, "indexes": {"phone": ("i",)}}
        async with verify.database.transaction() as tx:
            await watch_collection(
                tx, [record("one", device="t", duration_ms=5, **survey) for _ in range(24)]
            )
            await watch_collection(tx, [record("two", device="t")])
        items = body_of(await verify.ask("GET", "/v1/verify/collectors"))["items"]
        assert [(item["id"], item["n"], item["flagged"]) for item in items] == [
            ("one", 24, True),
            ("two", 1, False),
        ]
        verify.clock.move(days=40)
        await sweep(verify.database, verify.clock)
        async with verify.database.snapshot() as connection:
            assert (await connection.exec_driver_sql("SELECT count(*) FROM challenge")).scalar() == 0
