"""What every running service of the tests is: its app, its database, and asking it as the gateway does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi import FastAPI

from kernel.store.engine import Database
from kernel.store.migrate import VERSION_TABLE
from kernel.web.internal import HEADER, Caller, InternalTokens
from kernel.web.upstream import Reply, call

SECRET = "an internal secret of the tests, 32+ bytes"
TOKENS = InternalTokens(SECRET.encode())


def places(folder: Path) -> dict[str, Any]:
    """The settings that put a service below `folder`."""
    return {"data_dir": folder / "data", "key_dir": folder / "keys", "internal_key": SECRET}


@dataclass(slots=True)
class Running:
    """A running service; `caller` asks it unless a test says otherwise."""

    app: FastAPI
    folder: Path
    caller: Caller

    @property
    def database(self) -> Database:
        """The service's own database."""
        database: Database = self.app.state.chassis.database
        return database

    async def ask(self, method: str, path: str, body: Any = None, **asking: Any) -> Reply:
        """A request as the gateway passes it on; bytes are sent as they are. `asking` changes the caller."""
        caller = msgspec.structs.replace(self.caller, **asking)
        headers = ((HEADER, TOKENS.mint(caller).encode()), (b"content-type", b"application/json"))
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        return await call(self.app, method, path, headers=headers, body=content)

    async def get(self, path: str) -> Any:
        """The JSON answer of a GET that must succeed."""
        reply = await self.ask("GET", path)
        assert reply.status == 200, reply.body
        return msgspec.json.decode(reply.body)

    async def all_applied(self) -> bool:
        """Whether everything in the log has been applied by every consumer."""
        lags = [await consumer.lag() for consumer in self.app.state.chassis.consumers]
        return not any(events for lag in lags for events in lag.values())


def body_of(reply: Reply) -> dict[str, Any]:
    """The JSON of an answer."""
    decoded: dict[str, Any] = msgspec.json.decode(reply.body)
    return decoded


async def until(look: Callable[[], Awaitable[Any]], *, within: float = 60.0, pause: float = 0.02) -> Any:
    """The first true answer of `look`; fails where there is none within so many seconds."""
    async with asyncio.timeout(within):
        while not (found := await look()):  # noqa: ASYNC110 - what is waited for is in files and databases
            await asyncio.sleep(pause)
        return found


async def from_the_start(_topic: str, _partition: int) -> int | None:
    """The position of a reader that has read nothing."""
    return None


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[Any]:
    """Where a migrated database is not what `metadata` declares; for `run_sync`."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return list(compare_metadata(context, metadata))
