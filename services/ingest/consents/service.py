"""Use cases of the consent view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import is_stale
from kernel.contracts.consents import ConsentChanged, NoticePublished
from kernel.contracts.topics import TOPICS
from services.ingest.consents import repository
from services.ingest.consents.domain import encode_ledger
from services.ingest.consents.repository import NoticeKey
from services.ingest.consents.tables import watermarks
from services.ingest.identity.service import hear_ledger

REREAD_S = 0.2
"""A watermark read this long ago is used again: it can only make the view look older than it is."""


@dataclass(slots=True)
class Notices:
    """Published notices: immutable, so that one that was read once is known for good."""

    _known: Mapping[NoticeKey, frozenset[str]] = field(default_factory=dict)

    async def known(self, tx: AsyncConnection, wanted: set[NoticeKey]) -> Mapping[NoticeKey, frozenset[str]]:
        """The purposes of each notice, read again where one of `wanted` is not among them."""
        if not wanted <= self._known.keys():
            self._known = await repository.all_notices(tx)
        return self._known

    async def any_known(self, tx: AsyncConnection) -> bool:
        """Whether there is a notice that a person could have agreed to."""
        if not self._known:
            self._known = await repository.all_notices(tx)
        return bool(self._known)


@dataclass(slots=True)
class ConsentView:
    """How far the local view of the consent ledger reaches."""

    max_age: timedelta
    _seen_to: datetime | None = None
    _read_at: float = -REREAD_S

    async def is_fresh(self, tx: AsyncConnection) -> bool:
        """False where some partition was not heard of for `max_age`, or never: then nobody can tell."""
        if monotonic() - self._read_at > REREAD_S:
            self._seen_to = await watermarks.seen_to(tx, range(TOPICS["consents.changed"].partitions))
            self._read_at = monotonic()
        return not is_stale(self._seen_to, datetime.now(UTC), self.max_age)

    def forget(self) -> None:
        """Read the watermark again the next time."""
        self._read_at = -REREAD_S


async def hear_consents(tx: AsyncConnection, states: Mapping[str, ConsentChanged]) -> None:
    """Take over the ledger's states, by subject."""
    encoded = {
        subject: (state.ledger_version, encode_ledger(state.purposes, restricted=state.restricted))
        for subject, state in states.items()
    }
    await hear_ledger(tx, encoded)


async def hear_notices(tx: AsyncConnection, published: Sequence[NoticePublished]) -> None:
    """Take over notices."""
    await repository.add_notices(
        tx, {(event.notice, event.notice_version): event.purposes for event in published}
    )
