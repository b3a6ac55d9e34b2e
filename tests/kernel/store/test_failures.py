"""What passes by itself is told from what is the event's own fault, by what the databases really say."""

import asyncio
import sqlite3

import pytest
import sqlalchemy as sa

from kernel.log.port import LogUnavailable
from kernel.store.engine import Database
from kernel.store.failures import is_transient
from tests.kernel.store.world import metadata, store

ROW = sa.insert(store.erased).values(subject="0193e0a5-0000-7000-8000-000000000001", at=sa.func.now())


async def failure(database: Database, *statements: str | sa.Executable) -> BaseException:
    with pytest.raises(sa.exc.SQLAlchemyError) as caught:
        async with database.transaction() as tx:
            for statement in statements:
                await tx.execute(sa.text(statement) if isinstance(statement, str) else statement)
    return caught.value


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (LogUnavailable("x"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (sa.exc.TimeoutError(), True),
        (ValueError(), False),
        (KeyError(), False),
        (sa.exc.NoResultFound(), False),
    ],
)
def test_errors_without_a_database(error: Exception, passes: bool) -> None:
    assert is_transient(error) is passes


async def test_a_broken_rule_is_the_events_fault(database: Database) -> None:
    assert not is_transient(await failure(database, ROW, ROW))


async def test_a_wrong_statement_is_not_waited_out(database: Database) -> None:
    assert not is_transient(await failure(database, "SELECT nothing FROM nowhere"))


async def test_a_full_disk_passes(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/full.db")
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    letter = sa.insert(store.outbox).values(
        id=sa.text("hex(randomblob(16))"), topic="t", size=1, events=b"x" * 10_000
    )
    assert is_transient(await failure(database, "PRAGMA max_page_count = 1", *[letter] * 50))
    await database.close()


async def test_a_lock_held_elsewhere_passes(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/busy.db")
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
        await tx.execute(sa.text("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(f"{tmp_path}/busy.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert is_transient(await failure(database, ROW))
    other.close()
    await database.close()


@pytest.mark.engines
class TestPostgres:
    @pytest.fixture
    async def database(self, postgres_url: str):
        database = Database(postgres_url)
        async with database.transaction() as tx:
            await tx.run_sync(metadata.create_all)
        yield database
        await database.close()

    async def test_a_connection_that_was_ended_passes(self, database: Database) -> None:
        assert is_transient(
            await failure(database, "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1")
        )

    async def test_a_lock_not_had_in_time_passes(self, database: Database) -> None:
        async with database.transaction() as tx:
            await tx.execute(sa.text("LOCK TABLE erased"))
            assert is_transient(await failure(database, "SET LOCAL lock_timeout = '50ms'", ROW))

    async def test_a_deadlock_passes(self, database: Database) -> None:
        async def lock(first: str, second: str) -> BaseException | None:
            try:
                async with database.transaction() as tx:
                    await tx.execute(sa.text(f"LOCK TABLE {first}"))
                    await asyncio.sleep(0.2)
                    await tx.execute(sa.text(f"LOCK TABLE {second}"))
            except sa.exc.SQLAlchemyError as error:
                return error
            return None

        errors = await asyncio.gather(lock("erased", "outbox"), lock("outbox", "erased"))
        (victim,) = filter(None, errors)
        assert is_transient(victim)

    @pytest.mark.parametrize("statement", ["SELECT 1 / 0", "SELECT CAST('x' AS integer)"])
    async def test_wrong_data_does_not(self, database: Database, statement: str) -> None:
        assert not is_transient(await failure(database, statement))

    async def test_a_text_that_the_server_cannot_hold_does_not(self, database: Database) -> None:
        letter = sa.insert(store.outbox).values(
            id="0193e0a5-0000-7000-8000-000000000001", topic="\0", size=1, events=b""
        )
        assert not is_transient(await failure(database, letter))

    async def test_a_value_that_the_driver_cannot_send_does_not(self, database: Database) -> None:
        letter = sa.insert(store.outbox).values(
            id="0193e0a5-0000-7000-8000-000000000001", topic="t", size=2**40, events=b""
        )
        assert not is_transient(await failure(database, letter))
