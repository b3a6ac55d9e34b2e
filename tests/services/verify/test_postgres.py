"""The same promises on a PostgreSQL server, where transactions really run side by side."""

import asyncio
from collections import Counter
from pathlib import Path

from kernel.ids import new_id
from kernel.store.holdings import forget
from services.verify.campaigns.service import run
from services.verify.challenges.service import sweep, tend
from services.verify.collectors.stream import watch_collection
from tests.running import body_of
from tests.services.verify.collectors.test_reviews import survey
from tests.services.verify.collectors.test_stream import record
from tests.services.verify.running import NOON, consented, running
from tests.services.verify.senders.scripted import ScriptedSender

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


async def test_ladder_evidence_guard_campaigns_and_reviews_work_alike(
    tmp_path: Path, postgres_url: str
) -> None:
    sms, zalo = ScriptedSender("sms", ("sms",)), ScriptedSender("zalo", ("zalo",), idempotent=True)
    async with running(tmp_path, database_url=postgres_url, senders=[sms, zalo]) as verify:
        desk = verify.app.state.desk
        context = {"ip": "203.0.113.7", "device_id": "t", "collector_id": "one"}
        verification = body_of(await verify.start("0987216500", context=context))["id"]
        report = [[sms.taken[0].key, None, False, "off"]]
        assert body_of(await verify.ask("POST", "/webhooks/verify/sms", report)) == {"applied": 1}
        assert (await verify.check(verification, zalo.taken[0].code)).status == 200
        for n in range(1, 8):
            await verify.start(f"098721650{n}", client=f"c{n}")
        verify.clock.move(seconds=50)
        await asyncio.gather(tend(verify.database, desk), tend(verify.database, desk))
        assert len(zalo.taken) == 8
        assert {alert["rule"] for alert in (await verify.get("/v1/verify/alerts"))["items"]} == {
            "sequential-numbers"
        }
        body = {"phone": "0987216500", "purpose": "service"}
        known = body_of(await verify.ask("POST", "/v1/phones/evidence", body))
        assert known["confidence"] > 0.9
        wish = {"name": "l", "phones": ["0903719264"], "purpose": "service", "budget_vnd": 10_000}
        campaign = body_of(await verify.ask("POST", "/v1/verify/campaigns", wish))["id"]
        await run(verify.database, desk)
        assert (await verify.get(f"/v1/verify/campaigns/{campaign}"))["items"] == {"sent": 1}
        assert len((await verify.get("/v1/verify/campaigns"))["items"]) == 1
        person = new_id()
        first = survey("one", 0, person, {"a": 1, "b": 2, "c": 3}, duration_ms=1_000, audio_ms=10)
        again = survey("desk", 9_000, person, {"a": 5, "b": 5, "c": 5}, duration_ms=90_000)
        for event in (first, again):
            async with verify.database.transaction() as tx:
                await watch_collection(tx, [event])
        (doubted,) = (await verify.get("/v1/verify/reviews"))["items"]
        path = f"/v1/verify/reviews/{doubted['record_id']}"
        assert (await verify.ask("POST", path, {"verdict": "false"})).status == 200
        async with verify.database.transaction() as tx:
            await forget(tx, verify.app.state.chassis.holdings, [person])
        assert (await verify.get("/v1/verify/reviews?state=false"))["items"] == []
