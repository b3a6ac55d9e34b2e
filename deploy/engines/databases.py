"""Databases on a PostgreSQL server, by name."""

import asyncio
import re
from collections.abc import Iterable

import asyncpg
from sqlalchemy import make_url

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")  # PostgreSQL keeps 63 bytes of a name


def database_url(server_url: str, name: str) -> str:
    """Return the URL of one database for SQLAlchemy on asyncpg: `postgresql+asyncpg://.../NAME`."""
    url = make_url(server_url).set(drivername="postgresql+asyncpg", database=name)
    return url.render_as_string(hide_password=False)


def create_databases(server_url: str, names: Iterable[str]) -> None:
    """Create the databases that do not exist yet, in UTF-8; the others are left as they are.

    A name is a lower-case letter, then letters, digits and `_`, up to 63 in all: else ValueError. The server's errors
    come as asyncpg raises them. Runs its own event loop: do not call it from a coroutine.
    """
    statements = [f"CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING 'UTF8'" for name in names]
    asyncio.run(execute(server_url, statements))


def drop_databases(server_url: str, names: Iterable[str]) -> None:
    """Drop databases and whatever they hold, ending the sessions in them; one that does not exist is no error.

    Names and errors as with `create_databases`.
    """
    asyncio.run(
        execute(server_url, [f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)" for name in names])
    )


def quoted(name: str) -> str:
    """Return a database's name for a statement, where it cannot be a parameter; raise ValueError for an odd one."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"A database's name is a lower-case letter, then letters, digits and '_': not {name!r}."
        )
    return f'"{name}"'


async def execute(server_url: str, statements: list[str]) -> None:
    """Run statements one by one, outside a transaction; that a database exists already is no error."""
    url = make_url(server_url)
    url = url.set(drivername="postgresql", database=url.database or "postgres")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        for statement in statements:
            try:
                await connection.execute(statement)
            except asyncpg.DuplicateDatabaseError:
                continue
    finally:
        await connection.close()
