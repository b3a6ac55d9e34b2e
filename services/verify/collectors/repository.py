"""Queries of the counters of collection."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, select_any
from kernel.store.holdings import rows_about
from services.verify.collectors.domain import NEIGHBOURS, Conduct
from services.verify.collectors.records import Sheet, Step
from services.verify.collectors.tables import (
    answers,
    block,
    device,
    doubted,
    number,
    share,
    sheet,
    tally,
    trail,
)

COUNTED = tuple(column.name for column in tally.columns if column.name != "collector")


async def add_tallies(tx: AsyncConnection, counts: Mapping[str, Mapping[str, int]]) -> None:
    """Add counts (by the names of COUNTED; others are 0) by collector."""
    collectors = sorted(counts)  # one order everywhere, so that two members never wait for each other
    columns = {name: [counts[collector].get(name, 0) for collector in collectors] for name in COUNTED}
    added = ", ".join(f"{name} = collector_tally.{name} + excluded.{name}" for name in COUNTED)
    await insert_many(
        tx, tally, {"collector": collectors, **columns}, conflict=f"(collector) DO UPDATE SET {added}"
    )


async def add_devices(tx: AsyncConnection, pairs: Collection[tuple[str, str]]) -> None:
    """Keep (device, collector) pairs."""
    await _add(tx, device, pairs)


async def add_numbers(tx: AsyncConnection, triples: Collection[tuple[str, str, str]]) -> None:
    """Keep (collector, number, subject) triples."""
    await _add(tx, number, triples)


async def add_blocks(tx: AsyncConnection, triples: Collection[tuple[str, str, str]]) -> None:
    """Keep (collector, block, subject) triples."""
    await _add(tx, block, triples)


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


async def trails_of(tx: AsyncConnection, collectors: Collection[str]) -> dict[str, Step]:
    """Where each collector was last."""
    rows = await select_any(tx, sa.select(trail), trail.c.collector, list(collectors))
    return {row.collector: Step(row.started_at, row.ended_at, row.area, row.subject) for row in rows}


async def move_trails(tx: AsyncConnection, steps: Mapping[str, Step]) -> None:
    """Where each collector was last; an older step never replaces a newer one."""
    rows = sorted(steps)
    columns: dict[str, Sequence[object]] = {
        name: [getattr(steps[row], name) for row in rows] for name in Step._fields
    }
    newer = ", ".join(f"{name} = excluded.{name}" for name in Step._fields)
    conflict = f"(collector) DO UPDATE SET {newer} WHERE excluded.started_at > collector_trail.started_at"
    await insert_many(tx, trail, {"collector": rows, **columns}, conflict=conflict)


async def sheets_of(tx: AsyncConnection, subjects: Collection[str]) -> dict[tuple[str, str], Sheet]:
    """The first answers of people, by person and form."""
    import msgspec

    rows = await select_any(tx, sa.select(sheet), sheet.c.subject, list(subjects))
    decode = msgspec.msgpack.Decoder(dict[str, bytes]).decode
    return {
        (str(row.subject), row.form): Sheet(row.collector, decode(row.answers), str(row.record_id), row.at)
        for row in rows
    }


async def add_sheets(tx: AsyncConnection, sheets: Mapping[tuple[str, str], Sheet]) -> None:
    """Keep first answers; later ones of the same person and form change nothing."""
    import msgspec

    rows = sorted(sheets)
    columns: dict[str, Sequence[object]] = {
        "subject": [row[0] for row in rows],
        "form": [row[1] for row in rows],
        "collector": [sheets[row].collector for row in rows],
        "answers": [msgspec.msgpack.encode(sheets[row].answers) for row in rows],
        "record_id": [sheets[row].record_id for row in rows],
        "at": [sheets[row].at for row in rows],
    }
    await insert_many(tx, sheet, columns, conflict="(subject, form) DO NOTHING")


async def people_of_numbers(
    tx: AsyncConnection, collectors: Collection[str], usual: int
) -> dict[tuple[str, str], int]:
    """How many people a collector gave a number to, for numbers with more than `usual`."""
    query = (
        sa.select(number.c.collector, number.c.number, sa.func.count().label("people"))
        .group_by(number.c.collector, number.c.number)
        .having(sa.func.count() > usual)
    )
    rows = await select_any(tx, query, number.c.collector, list(collectors))
    return {(row.collector, row.number): row.people for row in rows}


async def neighbours_of(tx: AsyncConnection, collectors: Collection[str]) -> dict[tuple[str, str], int]:
    """How many people of a collector have numbers in a block, for blocks that hold NEIGHBOURS or more."""
    query = (
        sa.select(block.c.collector, block.c.block, sa.func.count().label("people"))
        .group_by(block.c.collector, block.c.block)
        .having(sa.func.count() >= NEIGHBOURS)
    )
    rows = await select_any(tx, query, block.c.collector, list(collectors))
    return {(row.collector, row.block): row.people for row in rows}


async def repeated_sheets(
    tx: AsyncConnection, collectors: Collection[str], least: int
) -> set[tuple[str, bytes]]:
    """The sets of answers (by hash) that a collector handed in `least` times or more."""
    query = sa.select(answers.c.collector, answers.c.answers).where(answers.c.surveys >= least)
    rows = await select_any(tx, query, answers.c.collector, list(collectors))
    return {(row.collector, bytes(row.answers)) for row in rows}


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
    numbered = await _by_collector(
        connection,
        sa.select(block.c.collector, sa.func.count())
        .where(block.c.collector.in_(of_page))
        .group_by(block.c.collector),
    )
    in_blocks: dict[str, int] = {}
    for (collector, _), people in (await neighbours_of(connection, of_page)).items():
        in_blocks[collector] = in_blocks.get(collector, 0) + people
    return [
        Conduct(
            row.collector,
            **{name: getattr(row, name) for name in COUNTED},
            most_repeated=repeated.get(row.collector, 0),
            device_collectors=devices.get(row.collector, 0),
            number_people=numbers.get(row.collector, 0),
            numbered=numbered.get(row.collector, 0),
            in_blocks=in_blocks.get(row.collector, 0),
        )
        for row in rows
    ]


async def _add(tx: AsyncConnection, table: sa.Table, rows: Collection[tuple[str, ...]]) -> None:
    """Keep rows of a table that is all key."""
    ordered, names = sorted(rows), [column.name for column in table.columns]
    columns = {name: [row[place] for row in ordered] for place, name in enumerate(names)}
    await insert_many(tx, table, columns, conflict=f"({', '.join(names)}) DO NOTHING")


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


HOLDINGS = tuple(
    rows_about(table.name.replace("_", " "), table.c.subject)
    for table in (number, block, trail, sheet, doubted, share)
)
