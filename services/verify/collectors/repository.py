"""Queries of the counters of collection."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from kernel.store.holdings import Holding
from services.verify.collectors.domain import Conduct
from services.verify.collectors.tables import answers, device, number, tally

_ADDED = ("records", "timed", "hasty", "surveys")


async def add_tallies(tx: AsyncConnection, counts: Mapping[str, Sequence[int]]) -> None:
    """Add (records, timed, hasty, surveys) by collector."""
    collectors = sorted(counts)  # one order everywhere, so that two members never wait for each other
    columns = {
        name: [counts[collector][place] for collector in collectors] for place, name in enumerate(_ADDED)
    }
    added = ", ".join(f"{name} = collector_tally.{name} + excluded.{name}" for name in _ADDED)
    await insert_many(
        tx, tally, {"collector": collectors, **columns}, conflict=f"(collector) DO UPDATE SET {added}"
    )


async def add_devices(tx: AsyncConnection, pairs: Collection[tuple[str, str]]) -> None:
    """Keep (device, collector) pairs."""
    rows = sorted(pairs)
    columns = {"device": [row[0] for row in rows], "collector": [row[1] for row in rows]}
    await insert_many(tx, device, columns, conflict="(device, collector) DO NOTHING")


async def add_numbers(tx: AsyncConnection, triples: Collection[tuple[str, str, str]]) -> None:
    """Keep (collector, number, subject) triples."""
    rows = sorted(triples)
    names = ("collector", "number", "subject")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    await insert_many(tx, number, columns, conflict="(collector, number, subject) DO NOTHING")


async def add_answers(tx: AsyncConnection, counts: Mapping[tuple[str, bytes], int]) -> None:
    """Add surveys by (collector, hash of the answers)."""
    rows = sorted(counts)
    columns: dict[str, Sequence[object]] = {
        "collector": [row[0] for row in rows],
        "answers": [row[1] for row in rows],
        "surveys": [counts[row] for row in rows],
    }
    added = "surveys = collector_answers.surveys + excluded.surveys"
    await insert_many(tx, answers, columns, conflict=f"(collector, answers) DO UPDATE SET {added}")


async def list_conduct(connection: AsyncConnection, after: str, limit: int) -> list[Conduct]:
    """Up to `limit` collectors with an id above `after`, in the order of their ids."""
    query = sa.select(tally).where(tally.c.collector > after).order_by(tally.c.collector).limit(limit)
    rows = (await connection.execute(query)).all()
    of_page = [row.collector for row in rows]
    repeated = await _by_collector(
        connection,
        sa.select(answers.c.collector, sa.func.max(answers.c.surveys))
        .where(answers.c.collector.in_(of_page))
        .group_by(answers.c.collector),
    )
    devices = await _most_shared_devices(connection, of_page)
    numbers = await _most_given_numbers(connection, of_page)
    return [
        Conduct(
            row.collector,
            row.records,
            row.timed,
            row.hasty,
            row.surveys,
            most_repeated=repeated.get(row.collector, 0),
            device_collectors=devices.get(row.collector, 0),
            number_people=numbers.get(row.collector, 0),
        )
        for row in rows
    ]


async def _most_shared_devices(connection: AsyncConnection, of_page: Sequence[str]) -> dict[str, int]:
    mine = device.alias("mine")
    of_devices = sa.select(mine.c.device).where(mine.c.collector.in_(of_page))
    users = (  # each device is counted once, however many collectors of the page share it
        sa.select(device.c.device, sa.func.count().label("collectors"))
        .where(device.c.device.in_(of_devices))
        .group_by(device.c.device)
        .subquery()
    )
    query = (
        sa.select(mine.c.collector, sa.func.max(users.c.collectors))
        .join(users, users.c.device == mine.c.device)
        .where(mine.c.collector.in_(of_page))
        .group_by(mine.c.collector)
    )
    return await _by_collector(connection, query)


async def _most_given_numbers(connection: AsyncConnection, of_page: Sequence[str]) -> dict[str, int]:
    given = (
        sa.select(number.c.collector, sa.func.count().label("people"))
        .where(number.c.collector.in_(of_page))
        .group_by(number.c.collector, number.c.number)
        .subquery()
    )
    query = sa.select(given.c.collector, sa.func.max(given.c.people)).group_by(given.c.collector)
    return await _by_collector(connection, query)


async def _by_collector(connection: AsyncConnection, query: sa.Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in await connection.execute(query)}


HOLDINGS = (Holding("numbers of a collector", number.c.subject),)
