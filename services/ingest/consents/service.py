"""Use cases of the consent view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat, NoticePublished
from kernel.contracts.topics import TOPICS
from services.ingest import moments
from services.ingest.consents import repository
from services.ingest.consents.domain import encode_ledger
from services.ingest.consents.repository import NoticeKey
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

    max_age_s: float
    _lowest: int = 0
    _read_at: float = -REREAD_S

    async def is_fresh(self, tx: AsyncConnection) -> bool:
        """False where some partition was not heard of for `max_age_s`, or never: then nobody can tell."""
        if monotonic() - self._read_at > REREAD_S:
            partitions, lowest = await repository.lowest_watermark(tx)
            complete = partitions == TOPICS["consents.changed"].partitions
            self._lowest, self._read_at = lowest if complete else 0, monotonic()
        return moments.now() - self._lowest <= self.max_age_s * 1_000_000

    def forget(self) -> None:
        """Read the watermark again the next time."""
        self._read_at = -REREAD_S


async def hear_consents(tx: AsyncConnection, changes: Sequence[ConsentChanged]) -> None:
    """Take over the ledger's states; of several of one subject the highest version."""
    newest: dict[str, ConsentChanged] = {}
    for change in changes:
        if change.subject is None:
            continue
        known = newest.get(change.subject)
        if known is None or change.ledger_version > known.ledger_version:
            newest[change.subject] = change
    states = {
        key: (change.ledger_version, encode_ledger(change.purposes, restricted=change.restricted))
        for key, change in newest.items()
    }
    await hear_ledger(tx, states)


async def hear_heartbeats(tx: AsyncConnection, beats: Sequence[ConsentHeartbeat]) -> None:
    """Raise the watermarks."""
    marks: dict[int, int] = {}
    for beat in beats:
        marks[beat.partition] = max(marks.get(beat.partition, 0), moments.micros(beat.recorded_at))
    await repository.raise_watermarks(tx, marks)


async def hear_notices(tx: AsyncConnection, published: Sequence[NoticePublished]) -> None:
    """Take over notices."""
    await repository.add_notices(
        tx, {(event.notice, event.notice_version): event.purposes for event in published}
    )
