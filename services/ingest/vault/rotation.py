"""Rotation: a new key-encryption key, and every data key wrapped anew under it, while everything goes on."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from kernel.errors import Fault
from kernel.traffic import give_way
from services.ingest import moments
from services.ingest.vault import repository
from services.ingest.vault.ring import Keyring

BATCH = 1_000
REST_S = 2.0
"""Between looks for a rotation that another process, or one that died, began."""
DAY_US = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class KeyState:
    """What operators may know of the keyring."""

    provider: str
    versions: Sequence[Any]
    """Rows of `kek_version`, oldest first: the last is the current one."""
    orphans: int

    @property
    def current(self) -> Any:
        """The current version's row."""
        return self.versions[-1]


@dataclass(slots=True)
class Rotation:
    """Begins rotations, and carries on with whichever is unfinished: `run` until cancelled, in any process.

    How far it has come is committed with each batch, so that a process that dies loses at most its open batch. A data
    key's bytes never change; a record sealed meanwhile does not notice.
    """

    ring: Keyring
    keep_days: float

    async def state(self) -> KeyState:
        """Versions, progress and orphans as they stand."""
        async with self.ring.snapshot() as connection:
            versions = await repository.versions(connection)
            orphans = await repository.count_orphans(connection)
        return KeyState(self.ring.provider.name, versions, orphans)

    async def begin(self) -> KeyState:
        """Turn to a new version; while a rotation is under way, that one is it. The state as it is then.

        From the commit on, every new data key in every process is wrapped by the new version. Raises NoNewKey where
        the provider has no further key, ProviderFailed where it does not answer; then nothing has changed.
        """
        state = await self.state()
        if state.current.finished_at is None:
            return state
        version = state.current.version + 1
        kept = await self.ring.provider.make(version)
        async with self.ring.snapshot() as connection:
            total = await repository.count_keys(connection)
        async with self.ring.transaction() as tx:
            await repository.hold_keys(tx)
            if await repository.current_version(tx) == version - 1:
                await repository.add_version(tx, version, kept, total)
        await self.ring.reload()
        structlog.get_logger().info("key rotation began", version=version, keys=total)
        return await self.state()

    async def run(self) -> None:
        """Wrap anew whatever is to be; failures of the keyring or the provider are waited out."""
        while True:
            began = time.monotonic()
            try:
                busy = await self.step()
                if not busy:
                    await self.forget_retired()
            except (Fault, sa.exc.SQLAlchemyError, OSError) as error:
                structlog.get_logger().warning("key rotation waits", error=type(error).__name__)
                busy = False
            await give_way(time.monotonic() - began)
            await asyncio.sleep(0 if busy else REST_S)

    async def step(self) -> bool:
        """Wrap a batch anew, or finish; whether there may be more to do. Of several processes one does it at a time."""
        encryption = await self.ring.opened()
        async with self.ring.transaction() as tx:
            row = await repository.unfinished(tx)
            if row is None:
                return False
            if row.version == encryption.current:
                keys = await repository.outdated_after(tx, row.version, row.cursor, BATCH)
                if keys:
                    clear = {
                        key.owner: encryption.unwrap(key.owner, key.kek_version, key.wrapped) for key in keys
                    }
                    await repository.rewrap(tx, row.version, encryption.wrap_all(clear))
                elif row.cursor is not None:
                    await repository.from_the_start(
                        tx, row.version
                    )  # once more, now that no process adds old ones
                else:
                    await repository.retire_older(tx, row.version)
                return True
        await self.ring.reload()  # another process began it
        return True

    async def forget_retired(self) -> None:
        """Destroy versions that were retired so long ago that no keyring backup needs them. Raises ProviderFailed."""
        before = moments.now() - int(self.keep_days * DAY_US)
        async with self.ring.snapshot() as connection:
            versions = await repository.retired_before(connection, before)
        for version in versions:
            await self.ring.provider.forget(version)
            async with self.ring.transaction() as tx:
                await repository.forget_version(tx, version)
