"""The vault: data keys by owner, made before they are used, cached within bounds, destroyed for good."""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from kernel.errors import Fault
from kernel.store.engine import Database
from services.ingest import moments
from services.ingest.errors import KeyGone
from services.ingest.vault import repository
from services.ingest.vault.domain import KEY, InvalidTag, Place, seal, unseal
from services.ingest.vault.ring import Keyring

__all__ = ["InvalidTag", "Place", "Vault"]

FOLLOW_S = 5.0
OVERLAP_US = 60 * 1_000_000
"""How far a look for tombstones reaches back beyond the last: clocks differ, and transactions take a while."""


@dataclass(slots=True)
class Vault:
    """Seals and opens. It owns the keyring: a database apart from the data, with transactions of its own.

    A key is committed in the keyring before `keys_for` returns it, so that no record can exist without its key; a
    data transaction that rolls back afterwards leaves a key without records, which is swept after a grace time.
    """

    ring: Keyring
    limit: int
    """Data keys in memory, at most."""
    _cache: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    @property
    def keyring(self) -> Database:
        """The keyring's database."""
        return self.ring.database

    async def keys_for(self, owners: Collection[str], *, fresh: Collection[str] = ()) -> dict[str, bytes]:
        """The data keys of `owners`, made for those that have none. `fresh` owners surely have none yet.

        An owner whose key was destroyed is left out.
        """
        keys = self._cached(owners)
        missing = [owner for owner in owners if owner not in keys]
        if not missing:
            return keys
        new = {owner: os.urandom(KEY) for owner in missing if owner in fresh}
        known = [owner for owner in missing if owner not in new]
        if known:
            keys.update(await self.ring.load(known))
            unknown = [owner for owner in known if owner not in keys]
            if unknown:
                keys.update(await self._make_contested(unknown))
        if new:
            await self.ring.commit(new)
            keys.update(new)
        self._remember({owner: keys[owner] for owner in missing if owner in keys})
        return keys

    async def open_sealed(self, items: Sequence[tuple[Place, bytes]]) -> list[bytes]:
        """What was sealed, in order. Raises KeyGone where a key was destroyed, InvalidTag where bytes are not ours."""
        owners = {place.origin for place, _ in items}
        keys = self._cached(owners)
        missing = [owner for owner in owners if owner not in keys]
        if missing:
            loaded = await self.ring.load(missing)
            self._remember(loaded)
            keys.update(loaded)
        try:
            return [unseal(keys[place.origin], place, sealed) for place, sealed in items]
        except KeyError:
            raise KeyGone() from None

    async def known_among(self, owners: Collection[str]) -> set[str]:
        """Those of `owners` that have a key; it is in memory afterwards."""
        keys = self._cached(owners)
        loaded = await self.ring.load([owner for owner in owners if owner not in keys])
        self._remember(loaded)
        return {*keys, *loaded}

    @staticmethod
    def seal_all(keys: dict[str, bytes], items: Sequence[tuple[Place, bytes]]) -> list[bytes]:
        """Seal each record under its origin's key, with nonces of one draw."""
        nonces = os.urandom(12 * len(items))
        return [
            seal(keys[place.origin], place, clear, nonces[12 * n : 12 * n + 12])
            for n, (place, clear) in enumerate(items)
        ]

    async def discard(self, owners: Sequence[str]) -> None:
        """Forget keys that nothing is sealed under any more (quarantined records that have left)."""
        if not owners:
            return
        async with self.ring.transaction() as tx:
            await repository.remove_keys(tx, owners)
        self.forget(owners)

    async def destroy(self, owners: Sequence[str]) -> None:
        """Destroy keys for good, with tombstones: what was sealed under them is gone from every copy."""
        async with self.ring.transaction() as tx:
            await repository.bury(tx, owners)
        self.forget(owners)

    async def destroyed_among(self, owners: Sequence[str]) -> set[str]:
        """Those of `owners` whose key was destroyed."""
        async with self.ring.snapshot() as connection:
            return await repository.buried(connection, owners)

    def forget(self, owners: Iterable[str]) -> None:
        """Drop keys from this process's memory."""
        for owner in owners:
            self._cache.pop(owner, None)

    async def follow_tombstones(self) -> None:
        """Drop the keys that other processes destroyed from this one's memory too, within seconds; until cancelled."""
        since = moments.now()
        while True:
            await asyncio.sleep(FOLLOW_S)
            looked = moments.now()
            try:
                async with self.ring.snapshot() as connection:
                    self.forget(await repository.buried_since(connection, since - OVERLAP_US))
            except (Fault, sa.exc.SQLAlchemyError, OSError):  # readiness says so; the next look reaches back
                continue
            since = looked

    def _cached(self, owners: Collection[str]) -> dict[str, bytes]:
        cache, found = self._cache, {}
        touch = cache.move_to_end
        for owner in owners:
            if key := cache.get(owner):
                touch(owner)
                found[owner] = key
        return found

    def _remember(self, keys: dict[str, bytes]) -> None:
        self._cache.update(keys)
        while len(self._cache) > self.limit:
            self._cache.popitem(last=False)

    async def _make_contested(self, owners: Sequence[str]) -> dict[str, bytes]:
        """Keys of owners that another process may be making too: the first one committed is everybody's."""
        async with self.ring.snapshot() as connection:
            gone = await repository.buried(connection, owners)
        await self.ring.commit({owner: os.urandom(KEY) for owner in owners if owner not in gone})
        return await self.ring.load([owner for owner in owners if owner not in gone])
