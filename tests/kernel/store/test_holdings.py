"""What a service says to hold of people is deleted with them, and shown to them."""

import pytest
import sqlalchemy as sa

from kernel.ids import new_id
from kernel.store.bulk import insert_many
from kernel.store.columns import UUID
from kernel.store.engine import Database
from kernel.store.holdings import forget, rows_about, show

metadata = sa.MetaData()
visit = sa.Table(
    "visit",
    metadata,
    sa.Column("id", UUID, primary_key=True),
    sa.Column("subject", UUID, index=True),
    sa.Column("shop", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
)
HOLDINGS = (rows_about("visits", visit.c.subject),)
ANH, BINH, CHI = new_id(), new_id(), new_id()


@pytest.fixture
async def made(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
        subjects = [ANH, ANH, BINH, CHI]
        columns = {
            "id": [new_id() for _ in subjects],
            "subject": subjects,
            "shop": ["Huế", "Vinh", "Huế", "Đà Lạt"],
            "sealed": [b"\x00"] * 4,
        }
        await insert_many(tx, visit, columns)
    return database


async def test_the_rows_of_every_origin_go_and_are_counted(made: Database) -> None:
    async with made.transaction() as tx:
        assert await forget(tx, HOLDINGS, [ANH, BINH]) == {"visits": 3}
        assert list(await tx.scalars(sa.select(visit.c.subject))) == [CHI]
        assert await forget(tx, HOLDINGS, [ANH, BINH]) == {"visits": 0}


async def test_a_person_sees_their_rows_and_nobody_elses(made: Database) -> None:
    async with made.snapshot() as connection:
        told = await show(connection, HOLDINGS, [ANH])
    assert [(row["subject"], row["shop"]) for row in told["visits"]] == [(ANH, "Huế"), (ANH, "Vinh")]


async def test_ciphertext_and_keyed_hashes_are_not_shown(made: Database) -> None:
    async with made.snapshot() as connection:
        rows = (await show(connection, HOLDINGS, [BINH]))["visits"]
    assert set(rows[0]) == {"id", "subject", "shop"}
