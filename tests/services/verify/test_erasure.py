"""Who is erased is gone from every slice, and that is confirmed."""

import asyncio

from kernel.contracts.privacy import ErasureConfirmed, ErasureRequested
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from services.verify.collectors.stream import watch_collection
from tests.happened import Feed, envelope
from tests.running import body_of, from_the_start
from tests.services.verify.collectors.test_reviews import survey
from tests.services.verify.running import NOON, Verify, consented

KEPT = ("challenge", "evidence", "number_evidence", "holder_consent", "collector_record", "collector_sheet")


async def rows(verify: Verify, person: str) -> dict[str, int]:
    counts = {}
    async with verify.database.snapshot() as connection:
        for table in KEPT:
            query = f"SELECT count(*) FROM {table} WHERE subject = '{person}'"
            counts[table] = int((await connection.exec_driver_sql(query)).scalar() or 0)
    return counts


async def test_an_erasure_reaches_every_slice_and_is_confirmed(verify: Verify) -> None:
    person = verify.ingest.add(phone="+84987216540")
    await verify.consents(consented(person, 1, granted=NOON))
    verification = body_of(await verify.start("0987216540"))["id"]
    assert (await verify.check(verification, verify.code_of(verification))).status == 200
    async with verify.database.transaction() as tx:
        taken = {"duration_ms": 1_000, "audio_ms": 10}
        await watch_collection(tx, [survey("staff-1", 0, person, {"a": 1}, **taken)])
    assert min((await rows(verify, person)).values()) > 0
    feed = Feed(verify.app.state.chassis.log)
    await feed.send(ErasureRequested(**envelope(None), request_id=new_id(), origins=(person,)))
    log = verify.app.state.chassis.log
    subscription = await log.subscribe("tests", ["privacy.confirmed"], from_the_start)
    async with asyncio.timeout(20):
        while not (batches := await subscription.next(wait=5.0, limit=10)):
            pass
    (message,) = batches[0].messages
    confirmed = TOPICS["privacy.confirmed"].decode(message.value)
    assert isinstance(confirmed, ErasureConfirmed)
    assert confirmed.service == "verify"
    assert sum(one.count for one in confirmed.destroyed) >= 7
    assert set((await rows(verify, person)).values()) == {0}
    assert (await verify.ask("POST", f"/v1/verifications/{verification}/cancel")).status == 404
