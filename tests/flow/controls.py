"""The control value in every store that a server keeps: the search must find it there, and nothing else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import sqlalchemy as sa
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deploy.engines import database_url
from deploy.engines.databases import execute
from tests.privacy.canaries import CONTROL
from tests.privacy.contents import together

CODECS = (None, "gzip", "snappy", "lz4", "zstd")
LONG = f"{CONTROL.value}; " * 500
"""Compressed it would be one short value; as it is, it fills pages of the table's TOAST relation."""

TABLES = (
    "CREATE TABLE control_live (value TEXT PRIMARY KEY)",
    "CREATE TABLE control_long (value TEXT)",
    "CREATE TABLE control_dead (value TEXT)",
)
ROWS = (
    f"INSERT INTO control_live VALUES ('{CONTROL.value}')",
    f"INSERT INTO control_long VALUES ('{LONG}')",
    f"INSERT INTO control_dead VALUES ('{CONTROL.value}')",
    "DELETE FROM control_dead",
    "DELETE FROM control_long",
)
FILES = sa.text("""
    SELECT pg_relation_filepath(oid) FROM pg_class
    WHERE relname IN ('control_live', 'control_live_pkey', 'control_dead')
       OR oid IN (SELECT reltoastrelid FROM pg_class WHERE relname = 'control_long')""")
COMPRESSIBLE = sa.text("""
    SELECT format('ALTER TABLE %I ALTER COLUMN %I SET STORAGE EXTERNAL', relname, attname)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped AND attstorage IN ('x', 'm')
      AND relnamespace = 'public'::regnamespace""")


async def plant_rows(server: str, databases: Sequence[str]) -> list[str]:
    """Rows with the control value in the first database: live and indexed, long, and deleted.

    From then on none of `databases` compresses anything, so that also deleted rows and the WAL can be read as bytes:
    through SQL only live rows could. Returns the files below the server's folder where the value is.
    """
    await execute(server, ["ALTER SYSTEM SET wal_compression = off", "SELECT pg_reload_conf()"])
    await run(server, databases[0], TABLES)
    for name in databases:
        async with connected(server, name) as connection:
            statements = list((await connection.execute(COMPRESSIBLE)).scalars())
        await run(server, name, statements)
    await run(server, databases[0], ROWS)
    async with connected(server, databases[0]) as connection:
        return list((await connection.execute(FILES)).scalars())


async def run(server: str, database: str, statements: Sequence[str]) -> None:
    """Run statements in one transaction."""
    async with connected(server, database) as connection:
        for statement in statements:
            await connection.execute(sa.text(statement))


@asynccontextmanager
async def connected(server: str, database: str) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction."""
    engine = create_async_engine(database_url(server, database))
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def every_cell(server: str, databases: Sequence[str]) -> list[tuple[str, bytes]]:
    """All cells of every table, decompressed by the server itself; those that are compressed streams also singly."""
    tables: list[tuple[str, bytes]] = []
    for name in databases:
        async with connected(server, name) as connection:
            for table in await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()):
                rows = (await connection.execute(sa.text(f'SELECT * FROM "{table}"'))).all()
                tables += ((f"table {name}.{table}", part) for part in together(rows))
    return tables


async def plant_messages(bootstrap: str) -> list[str]:
    """A topic with the control value under every codec, a partition each. Returns the partitions' folders."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("control", len(CODECS), 1)])
    finally:
        await admin.close()
    for partition, codec in enumerate(CODECS):
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=codec) as producer:
            for _ in range(2):
                await producer.send_and_wait("control", LONG.encode(), partition=partition)
    return [f"control-{partition}" for partition in range(len(CODECS))]
