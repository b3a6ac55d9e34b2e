"""Use cases of sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest import moments
from services.ingest.errors import SourceExists
from services.ingest.sources import repository
from services.ingest.sources.domain import DefaultConsent, Source

FRESH_S = 2.0
"""How long another process may not see a source's changed default consent."""


@dataclass(slots=True)
class Sources:
    """The registered sources, remembered for FRESH_S: a source is never removed, so a hit is always right."""

    _known: Mapping[str, Source] = field(default_factory=dict)
    _read_at: float = -FRESH_S

    async def known(self, tx: AsyncConnection, wanted: set[str]) -> Mapping[str, Source]:
        """Sources by key, read again where one of `wanted` is not among them."""
        if not wanted <= self._known.keys() or monotonic() - self._read_at > FRESH_S:
            self._known = {source.key: source for source in await repository.all_sources(tx)}
            self._read_at = monotonic()
        return self._known

    def remembered(self, key: str) -> Source | None:
        """A source as it was read within FRESH_S; None where it must be read."""
        return self._known.get(key) if monotonic() - self._read_at <= FRESH_S else None

    def forget(self) -> None:
        """Read again the next time."""
        self._read_at = -FRESH_S


async def register_source(
    tx: AsyncConnection,
    key: str,
    name: str,
    default_consent: DefaultConsent | None,
    *,
    vouches: bool = False,
) -> Source:
    """A registered source; the same again is no error. Raises SourceExists where it differs."""
    await repository.add_source(tx, Source(key, name, moments.now(), default_consent, vouches))
    stored = {source.key: source for source in await repository.all_sources(tx)}[key]
    if (stored.name, stored.default_consent, stored.vouches) != (name, default_consent, vouches):
        raise SourceExists(f"The source {key} is registered with other settings.")
    return stored


async def hold_source(tx: AsyncConnection, key: str) -> bool:
    """Whether the source exists; until `tx` ends nobody else holds it, so that what is numbered by source is once."""
    return await repository.hold_source(tx, key)


async def list_sources(tx: AsyncConnection) -> list[Source]:
    """Every source, by key."""
    return await repository.all_sources(tx)
