"""The keyring: wrapped data keys in a database of their own, and the key-encryption keys that open them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Unavailable
from kernel.store.engine import Database
from services.ingest.vault import repository
from services.ingest.vault.domain import KeyEncryption
from services.ingest.vault.providers import KeyProvider, ProviderFailed

TRIES = 3


class _Outdated(Exception):
    """Another process turned to a new key-encryption key: what was wrapped by the old one is rolled back."""


@dataclass(slots=True)
class Keyring:
    """Loads and keeps data keys. The key-encryption keys are asked of `provider` once, and again after a rotation."""

    database: Database
    provider: KeyProvider
    _encryption: KeyEncryption | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def opened(self) -> KeyEncryption:
        """The key-encryption keys; the keyring and its first version are made on the first use.

        Raises ProviderFailed where they cannot be had.
        """
        if self._encryption is not None:
            return self._encryption
        async with self._opening:
            if self._encryption is None:
                await self._prepare()
                self._encryption = await self._read()
        return self._encryption

    async def reload(self) -> KeyEncryption:
        """The key-encryption keys, read anew. Raises ProviderFailed."""
        await self.opened()
        self._encryption = made = await self._read()
        return made

    async def trouble(self) -> str:
        """Why keys cannot be made or opened now; empty where they can."""
        try:
            await self.opened()
        except ProviderFailed as error:
            return error.detail
        except (sa.exc.SQLAlchemyError, OSError) as error:
            return f"the keyring does not answer ({type(error).__name__})"
        return ""

    async def load(self, owners: Sequence[str]) -> dict[str, bytes]:
        """The data keys of those owners that have one. Raises ProviderFailed."""
        encryption = await self.opened()
        async with self.snapshot() as connection:
            rows = await repository.wrapped_keys(connection, owners)
        if not all(encryption.knows(version) for _, version, _ in rows):
            encryption = await self.reload()
        try:
            return {owner: encryption.unwrap(owner, version, wrapped) for owner, version, wrapped in rows}
        except KeyError as error:
            raise ProviderFailed(
                f"The key-encryption key of version {error} cannot be had; data keys are wrapped by it."
            ) from None

    async def commit(self, keys: Mapping[str, bytes]) -> None:
        """Keep new data keys, wrapped by what is the current version when they are committed.

        The version is read after they were inserted: a rotation that began meanwhile waited for us, or we for it (see
        `repository.hold_keys`), so that nothing is wrapped by a version that was retired.
        """
        for _ in range(TRIES):
            encryption = await self.opened()
            wrapped = encryption.wrap_all(keys)
            try:
                async with self.transaction() as tx:
                    await repository.add_keys(tx, encryption.current, wrapped)
                    if await repository.current_version(tx) != encryption.current:
                        raise _Outdated
            except _Outdated:
                await self.reload()
            else:
                return
        raise Unavailable("The key-encryption key changes too often now.")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the keyring's own."""
        await self.opened()
        async with self.database.transaction() as tx:
            yield tx

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A read-only view of the keyring."""
        await self.opened()
        async with self.database.snapshot() as connection:
            yield connection

    async def _prepare(self) -> None:
        """Make the tables, which never change their form, and the first version where there is none."""
        async with self.database.transaction() as tx:
            await repository.create_tables(tx)
            current = await repository.current_version(tx)
            wrapping = await repository.newest_wrapping(tx)
        if not current:
            first = wrapping or self.provider.first()
            kept = await self.provider.make(first)
            async with self.database.transaction() as tx:
                await repository.add_version(tx, first, kept)

    async def _read(self) -> KeyEncryption:
        async with self.database.snapshot() as connection:
            rows = await repository.versions(connection)
        kept = {row.version: row.kept for row in rows if row.forgotten_at is None}
        current = max(kept)
        try:
            return KeyEncryption(current, await self.provider.fetch(kept))
        except KeyError:
            raise ProviderFailed(f"The key-encryption key of version {current} cannot be had.") from None
