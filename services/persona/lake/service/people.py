"""The view of consents and merges: kept from events, asked before every use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.contracts.topics import partition_of
from kernel.errors import ConsentMissing, Gone
from services.persona.errors import ConsentUnknown
from services.persona.lake.domain import may_profile, person_by_origin, standing_of
from services.persona.lake.repository import people as repository

STALE_AFTER = timedelta(seconds=5)
"""Age of the consent view from which it is a failed answer, and so a denial."""


class People(NamedTuple):
    """Everybody whose consent is known, by column: origin, the person it is read as, and whether profiling is allowed."""

    origin: list[str]
    person: list[str]
    allowed: list[bool]


erased_among = repository.erased_among


async def see_consents(tx: AsyncConnection, events: Sequence[ConsentChanged]) -> None:
    """Keep the newest consent state of each origin."""
    newest: dict[str, ConsentChanged] = {}
    for event in events:
        subject = event.subject or ""
        if subject not in newest or event.ledger_version > newest[subject].ledger_version:
            newest[subject] = event
    rows = [(s, e.ledger_version, str(standing_of(e)), e.restricted) for s, e in newest.items() if s]
    if rows:
        await repository.save_consents(tx, rows)


async def see_heartbeats(tx: AsyncConnection, events: Sequence[ConsentHeartbeat]) -> None:
    """Move the watermarks of the view."""
    newest = {event.partition: event.recorded_at for event in sorted(events, key=lambda e: e.recorded_at)}
    if newest:
        await repository.save_watermarks(tx, newest)


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

    Raises Gone where they are erased, ConsentUnknown where the view is older than STALE_AFTER, ConsentMissing else.
    """
    if await repository.erased_among(connection, [subject]):
        raise Gone()
    person = await repository.person_of(connection, subject)
    origins = await repository.origins_of(connection, person)
    for origin in origins:
        seen = await repository.watermark(connection, partition_of(origin.encode()))
        if seen is None or now - seen > STALE_AFTER:
            raise ConsentUnknown(
                "What the person consents to is not known well enough now.", headers={"Retry-After": "2"}
            )
    if not may_profile(await repository.standings(connection, origins)):
        raise ConsentMissing("The person has not consented to profiling, withdrew it, or restricted it.")
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
    known = {
        origin: (standing, restricted)
        for origin, standing, restricted in await repository.consents(connection)
    }
    origins = sorted(known.keys() | person_of.keys() | set(person_of.values()))
    by_person: dict[str, list[tuple[str, bool]]] = {}
    for origin in origins:
        by_person.setdefault(person_of.get(origin, origin), []).append(known.get(origin, ("never", False)))
    allowed = {person: may_profile(standings) for person, standings in by_person.items()}
    persons = [person_of.get(origin, origin) for origin in origins]
    return People(origins, persons, [allowed[person] for person in persons])
