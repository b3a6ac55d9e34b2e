"""Whoever withdrew is not read any more, by nobody who asks after the answer, however many ask at that moment."""

import asyncio

from bench.late_reads import Doors, race
from tests.gateway.edge.running import Gateway


async def test_no_read_that_begins_after_the_answer_to_a_withdrawal_is_answered(gateway: Gateway) -> None:
    await asyncio.gather(*(gateway.token(who) for who in ("operator", "privacy_officer")))
    people = [gateway.ingest.add(phone=f"+8491234560{number}") for number in range(3)]

    def doors(subject: str) -> Doors:
        path = f"/v1/subjects/{subject}?purpose=marketing&fields=phone"

        async def read() -> int:
            return (await gateway.ask("GET", path, who="operator")).status

        async def give() -> int:
            await gateway.consent(subject, "marketing")
            return 201

        async def withdraw() -> int:
            await gateway.withdraw(subject, "marketing")
            return 200

        return Doors(read, give, withdraw)

    seen = await race([doors(subject) for subject in people], rounds=6, readers=3, pause=0.02)
    assert seen.withdrawals == 18
    assert seen.allowed > 0
    assert seen.denied > 0
    assert seen.allowed + seen.denied == seen.reads, "and nothing else is ever answered"
    assert seen.late == 0
    entries = await gateway.audit(action="read")
    assert len(entries) == min(seen.reads, 1000), "each is on record"
