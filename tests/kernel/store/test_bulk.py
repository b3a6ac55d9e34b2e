"""Many rows in one statement mean the same on both dialects."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.ids import new_id
from kernel.store.bulk import COPY_ROWS, insert_many, one_of, select_any, update_many
from kernel.store.engine import Database

metadata = sa.MetaData()
thing = sa.Table(
    "thing",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("order", sa.BigInteger),
    sa.Column("name", sa.Text),
    sa.Column("body", sa.LargeBinary),
    sa.Column("flag", sa.Boolean),
    sa.Column("share", sa.Float),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("extra", sa.JSON),
    sa.Column("owner", sa.Uuid(as_uuid=False)),
)
NOW = datetime(2026, 11, 20, 10, 2, 11, tzinfo=UTC)


@pytest.fixture
async def made(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    return database


def columns(ids: list[str], order: int = 0) -> dict[str, list[object]]:
    count = range(len(ids))
    return {
        "id": list(ids),
        "order": [number + order for number in count],
        "name": [f'Ánh {number}, "{{}}"' for number in count],
        "body": [bytes([number % 256, 0, 255]) for number in count],
        "flag": [number % 2 == 0 for number in count],
        "share": [number / 3 for number in count],
        "at": [NOW for _ in count],
        "extra": [{"n": number, "deep": ["á"]} for number in count],
        "owner": [new_id() if number % 2 else None for number in count],
    }


async def test_json_of_any_shape_comes_back_as_it_went_in(made: Database) -> None:
    shapes: list[object] = [[], ["á", 2], [["deep"], []], {}, {"n": [1, None]}, "text, {}", 7, True, None]
    ids = [new_id() for _ in shapes]
    given_columns = {"id": ids, "order": list(range(len(ids))), "extra": shapes}
    async with made.transaction() as tx:
        await insert_many(tx, thing, given_columns)
        found = list(await tx.scalars(sa.select(thing.c.extra).order_by(thing.c.order)))
        assert found == shapes
        await update_many(tx, thing, {"id": ids}, {"extra": shapes[::-1]})
        assert list(await tx.scalars(sa.select(thing.c.extra).order_by(thing.c.order))) == shapes[::-1]


@pytest.mark.parametrize("count", [50, 2 * COPY_ROWS])
async def test_rows_come_back_as_they_went_in(made: Database, count: int) -> None:
    given_columns = columns([new_id() for _ in range(count)])
    async with made.transaction() as tx:
        assert await insert_many(tx, thing, given_columns) == count
        rows = (await tx.execute(sa.select(thing).order_by(thing.c.order))).all()
    for name, cells in given_columns.items():
        back = [row._mapping[name] for row in rows]
        if name == "at":  # SQLite keeps no zone
            back = [value.replace(tzinfo=UTC) for value in back]
        assert back == cells


@pytest.mark.parametrize("count", [2, 2 * COPY_ROWS])
async def test_one_row_too_many_stores_none_of_them(made: Database, count: int) -> None:
    ids = [new_id() for _ in range(count)]
    with pytest.raises(sa.exc.IntegrityError):
        async with made.transaction() as tx:
            await insert_many(tx, thing, columns([*ids, ids[0]]))
    async with made.transaction() as tx:
        assert await insert_many(tx, thing, columns(ids)) == count


async def test_no_rows_are_no_statement(made: Database) -> None:
    async with made.transaction() as tx:
        assert await insert_many(tx, thing, {"id": []}) == 0
        assert await update_many(tx, thing, {"id": []}, {"order": []}) == 0
        assert await select_any(tx, sa.select(thing), thing.c.id, []) == []


async def test_conflicts_are_left_or_overwritten_and_counted(made: Database) -> None:
    ids = [new_id() for _ in range(10)]
    async with made.transaction() as tx:
        await insert_many(tx, thing, {"id": ids[:4], "order": [1] * 4})
        both = {"id": ids, "order": [2] * 10}
        assert await insert_many(tx, thing, both, conflict="(id) DO NOTHING") == 6
        query = sa.select(sa.func.sum(thing.c.order))
        assert await tx.scalar(query) == 4 * 1 + 6 * 2
        await insert_many(tx, thing, both, conflict='(id) DO UPDATE SET "order" = excluded."order"')
        assert await tx.scalar(query) == 20


async def test_an_update_changes_only_what_still_is_as_expected(made: Database) -> None:
    ids = [new_id() for _ in range(6)]
    async with made.transaction() as tx:
        await insert_many(tx, thing, {"id": ids, "order": [0, 1, 2, 3, 4, 5]})
        expected = {"id": ids, "order": [0, 1, 2, 9, 9, 9]}
        assert await update_many(tx, thing, expected, {"order": [10] * 6, "name": list("abcdef")}) == 3
        rows = {row.id: (row.order, row.name) for row in await tx.execute(sa.select(thing))}
    assert [rows[key] for key in ids] == [(10, "a"), (10, "b"), (10, "c"), (3, None), (4, None), (5, None)]


@pytest.mark.parametrize("name", ["id", "order", "name", "body"])
async def test_any_number_of_values_can_be_asked_for(made: Database, name: str) -> None:
    given_columns = columns([new_id() for _ in range(300)])
    strangers: dict[str, list[object]] = columns([new_id() for _ in range(40_000)], 1_000_000)
    strangers["name"] = [f"no {number}" for number in range(40_000)]
    strangers["body"] = [b"no %d" % number for number in range(40_000)]
    async with made.transaction() as tx:
        await insert_many(tx, thing, given_columns)
        asked = given_columns[name][::3] + strangers[name]
        found = await select_any(tx, sa.select(thing.c[name]), thing.c[name], asked)
    assert {row[0] for row in found} == set(given_columns[name][::3])


async def test_a_condition_serves_other_statements_too(made: Database) -> None:
    ids = [new_id() for _ in range(9)]
    async with made.transaction() as tx:
        await insert_many(tx, thing, {"id": ids, "order": list(range(9))})
        deleted = await tx.execute(sa.delete(thing).where(one_of(tx, thing.c.id, ids[:4])))
        assert deleted.rowcount == 4
        assert await tx.scalar(sa.select(sa.func.count()).where(one_of(tx, thing.c.id, ids))) == 5


@pytest.mark.engines
async def test_what_is_no_id_does_not_shift_the_others(postgres_url: str) -> None:
    database = Database(postgres_url)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    for wrong in (f"{new_id()},{new_id()}", "}", '"', "NULL", "x"):
        with pytest.raises((ValueError, sa.exc.DBAPIError)):
            async with database.transaction() as tx:
                await insert_many(tx, thing, {"id": [new_id(), wrong], "order": [1, 2]})
    await database.close()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.binary(), st.integers(-(2**63), 2**63 - 1)), max_size=30))
def test_any_texts_bytes_and_numbers_survive(rows: list[tuple[str, bytes, int]]) -> None:
    async def round_trip(folder: str) -> list[tuple[str, bytes, int]]:
        database = Database(f"sqlite:///{Path(folder) / 'any.db'}")
        async with database.transaction() as tx:
            await tx.run_sync(metadata.create_all)
            names = ("name", "body", "order")
            cells = {name: [row[place] for row in rows] for place, name in enumerate(names)}
            await insert_many(tx, thing, {"id": [new_id() for _ in rows], **cells})
            back = await tx.execute(sa.select(thing.c.name, thing.c.body, thing.c.order))
            found = [tuple(row) for row in back]
        await database.close()
        return found

    with tempfile.TemporaryDirectory() as folder:
        assert sorted(asyncio.run(round_trip(folder))) == sorted(rows)
