"""Counting what collectors hand in, and judging them when somebody asks."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.records import RecordAccepted
from services.verify.collectors import repository
from services.verify.collectors.domain import Conduct, Verdict, answers_hash, is_hasty, judge


async def count_records(tx: AsyncConnection, events: Sequence[RecordAccepted]) -> None:
    """Add records that name a collector to its counters: four statements, however many records."""
    tallies: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    devices: set[tuple[str, str]] = set()
    numbers: set[tuple[str, str, str]] = set()
    sheets: Counter[tuple[str, bytes]] = Counter()
    for event in events:
        taken = event.collector
        if taken is None:
            continue
        counts = tallies[taken.id]
        counts[0] += 1
        if taken.duration_ms is not None:
            counts[1] += 1
            counts[2] += is_hasty(event.kind, taken.duration_ms)
        if taken.device:
            devices.add((taken.device, taken.id))
        if event.subject:
            numbers.update((taken.id, index, event.subject) for index in event.indexes.get("phone", ()))
        if event.kind == "survey" and (sheet := answers_hash(event.payload)):
            counts[3] += 1
            sheets[taken.id, sheet] += 1
    if tallies:
        await repository.add_tallies(tx, tallies)
        await repository.add_devices(tx, devices)
        await repository.add_numbers(tx, numbers)
        await repository.add_answers(tx, sheets)


async def list_collectors(
    connection: AsyncConnection, after: str, limit: int
) -> list[tuple[Conduct, Verdict]]:
    """Up to `limit` collectors above the id `after`, each with what the rules say of it."""
    return [(conduct, judge(conduct)) for conduct in await repository.list_conduct(connection, after, limit)]
