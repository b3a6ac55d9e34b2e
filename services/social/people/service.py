"""Use cases of people: who may be behind an author, and whether a mention may be told of them. None of them commits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import permit
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.contracts.topics import partition_of
from kernel.errors import ConsentMissing, ConsentUnknown, Unavailable
from kernel.privacy.purposes import Purpose
from kernel.store.engine import Database
from kernel.store.holdings import Holding, rows_about
from kernel.web.vault import VaultDoors
from services.social.people import repository
from services.social.people.tables import consent, speaker, watermarks

ASKED_A_TURN = 500

HOLDINGS: tuple[Holding, ...] = (
    rows_about("accounts heard", speaker.c.subject),
    rows_about("consents", consent.c.subject),
)

introduce = repository.insert_speakers
keep_states = repository.keep_states


class Tied(NamedTuple):
    """Whom authors may be told as; `open`: authors of whom that cannot be said now."""

    subjects: Mapping[str, str]
    open: frozenset[str]


@dataclass(frozen=True, slots=True)
class Speakers:
    """Asks ingest who is behind accounts; a handle is given over for its blind index and kept nowhere."""

    database: Database
    doors: VaultDoors

    async def meet(self, handles: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        """The blind index of each author (to platform and handle) that is not known yet.

        Where ingest does not answer nobody is met: the mention counts in aggregates, and the author's next one asks
        again for all of them.
        """
        if not handles:
            return {}
        async with self.database.snapshot() as view:
            known = await repository.select_known(view, sorted(handles))
        fresh = sorted(handles.keys() - known)
        if not fresh:
            return {}
        try:
            indexes = await self.doors.indexes_of([handles[author] for author in fresh])
        except Unavailable as error:
            structlog.get_logger().warning("speakers not met", error=type(error).__name__)
            return {}
        return {author: index for author, index in zip(fresh, indexes, strict=True) if index}

    async def ask_some(self) -> bool:
        """Learn whom some accounts lead to now; False where there is nothing to ask, or ingest does not answer."""
        async with self.database.snapshot() as view:
            waiting = await repository.select_unasked(view, ASKED_A_TURN)
        if not waiting:
            return False
        try:
            found = await self.doors.holders_of([row.account for row in waiting])
        except Unavailable as error:
            structlog.get_logger().warning("speakers not asked", error=type(error).__name__)
            return False
        async with self.database.transaction() as tx:
            who = [None if one.erased else one.subject_id for one in found]
            await repository.save_answers(tx, waiting, who)
        return True


async def tied(tx: AsyncConnection, authors: Collection[str], now: datetime) -> Tied:
    """Whom `authors` may be told as: known to ingest, not erased, and agreeing to profiling in all their origins.

    A stale view of consents and an account that is still to be asked leave an author open: not told as anybody.
    """
    rows = await repository.hold_speakers(tx, sorted(authors)) if authors else ()
    erased = await repository.erased_among(tx, sorted({row.subject for row in rows if row.subject}))
    subjects, open_ = {}, set()
    for row in rows:
        if row.asked < row.changes:
            open_.add(row.author)
        elif row.subject and row.subject not in erased:
            agreed = await _agreed(tx, row.subject, now)
            if agreed is None:
                open_.add(row.author)
            elif agreed:
                subjects[row.author] = row.subject
    return Tied(subjects, frozenset(open_))


async def _agreed(tx: AsyncConnection, subject: str, now: datetime) -> bool | None:
    """Whether the person agrees to profiling; None where the view cannot say."""
    origins = await repository.families_of(tx, [subject])
    seen_to = await watermarks.seen_to(tx, {partition_of(origin.encode()) for origin in origins})
    try:
        permit(Purpose.PROFILING, await repository.standings(tx, origins), seen_to, now)
    except ConsentUnknown:
        return None
    except ConsentMissing:
        return False
    return True


async def look_again(tx: AsyncConnection, authors: Collection[str]) -> None:
    """Of these authors it could not be said as whom they may be told: let it be tried again."""
    await repository.stir_authors(tx, authors)


def authors_of(origins: Sequence[str]) -> sa.Select[Any]:
    """The authors whose accounts lead to people."""
    return sa.select(speaker.c.author).where(speaker.c.subject.in_(origins))


async def untold(tx: AsyncConnection, limit: int) -> Sequence[sa.Row[Any]]:
    """Speakers whose mentions may have to be told anew; locked."""
    return await repository.select_untold(tx, limit)


async def has_untold(tx: AsyncConnection) -> bool:
    """Whether there is such a speaker."""
    return await repository.has_untold(tx)


async def note_told(tx: AsyncConnection, told: sa.Row[Any]) -> None:
    """All mentions of a speaker were told as the row says."""
    await repository.save_told(tx, told.author, told.changes)


async def hear_accounts(tx: AsyncConnection, accounts: Collection[str], subjects: Collection[str]) -> None:
    """Records named these accounts, or records of these people were taken back: ask ingest again."""
    await repository.stir_accounts(tx, accounts)
    await repository.stir_subjects(tx, subjects)


async def hear_consents(tx: AsyncConnection, subjects: Collection[str]) -> None:
    """Somebody's consent changed: so may what is told of everybody who is read as them."""
    await repository.stir_subjects(tx, await repository.families_of(tx, subjects))


async def hear_merges(tx: AsyncConnection, events: Sequence[SubjectMerged | SubjectSplit]) -> None:
    """People were merged or split: the stricter consent of all origins decides."""
    await repository.keep_merges(tx, events)
    named = {event.subject for event in events if event.subject}
    named |= {event.into for event in events if isinstance(event, SubjectMerged)}
    await repository.stir_subjects(tx, await repository.families_of(tx, named, undone=True))
