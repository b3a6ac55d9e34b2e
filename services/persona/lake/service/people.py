"""The view of consents and merges: kept from events, asked before every use."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import NEVER_ASKED, Standing, allows, permit
from kernel.consents.view import follow
from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.contracts.topics import partition_of
from kernel.errors import ConsentMissing, ConsentUnknown, Gone
from kernel.privacy.purposes import Purpose
from services.persona.lake.domain import person_by_origin
from services.persona.lake.repository import people as repository
from services.persona.lake.tables import watermarks


class People(NamedTuple):
    """Everybody whose consent is known, by column: origin, the person it is read as, and whether profiling is allowed."""

    origin: list[str]
    person: list[str]
    allowed: list[bool]


erased_among = repository.erased_among


async def see_consents(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep consent to profiling, and how far it is known."""
    await follow(tx, events, repository.save_consents, watermarks)


async def see_merge(tx: AsyncConnection, event: SubjectMerged | SubjectSplit) -> None:
    """Note a merge, or that one was undone."""
    merged = isinstance(event, SubjectMerged)
    row = {
        "merge_id": event.merge_id,
        "subject": event.subject,
        "into_subject": event.into if isinstance(event, SubjectMerged) else None,
        "merge_version": event.merge_version,
        "active": merged,
    }
    await repository.save_merges(tx, [row])


async def may_use(connection: AsyncConnection, subject: str, now: datetime) -> str:
    """The person that `subject` is read as, where profiling them is allowed now.

    Raises Gone where they are erased, ConsentUnknown where the view is stale, ConsentMissing else.
    """
    if await repository.erased_among(connection, [subject]):
        raise Gone()
    person = await repository.person_of(connection, subject)
    origins = await repository.origins_of(connection, person)
    seen_to = await watermarks.seen_to(connection, {partition_of(origin.encode()) for origin in origins})
    permit(Purpose.PROFILING, await repository.standings(connection, origins), seen_to, now)
    return person


async def allowed_among(connection: AsyncConnection, subjects: Sequence[str], now: datetime) -> set[str]:
    """Those of `subjects` (a few) whom `may_use` lets pass."""
    found = set()
    for subject in subjects:
        try:
            await may_use(connection, subject, now)
        except (Gone, ConsentMissing, ConsentUnknown):
            continue
        found.add(subject)
    return found


async def snapshot(connection: AsyncConnection) -> People:
    """Everybody whose consent or merge is known: what a run is allowed to read."""
    person_of = person_by_origin(await repository.active_merges(connection))
    known = await repository.consents(connection)
    origins = sorted(known.keys() | person_of.keys() | set(person_of.values()))
    by_person: dict[str, list[Standing]] = {}
    for origin in origins:
        by_person.setdefault(person_of.get(origin, origin), []).append(known.get(origin, NEVER_ASKED))
    allowed = {person: allows(standings) for person, standings in by_person.items()}
    persons = [person_of.get(origin, origin) for origin in origins]
    return People(origins, persons, [allowed[person] for person in persons])
