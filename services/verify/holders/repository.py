"""Queries of the view of consents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import Standing, standing_on
from kernel.contracts.consents import ConsentChanged
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.contracts.topics import partition_of
from kernel.privacy.purposes import Purpose
from kernel.store.bulk import insert_many, select_any
from kernel.store.holdings import rows_about
from kernel.store.tables import StoreTables
from services.verify.holders.tables import consent, merge, watermarks


class View(NamedTuple):
    """What is known of a person: the consent of each origin, and how far the view has seen."""

    origins: list[Standing]
    """On `verification`."""
    served: list[Standing]
    """On `service`: by consent, or by a stated basis."""
    seen_to: datetime | None


async def keep_states(tx: AsyncConnection, states: Mapping[str, ConsentChanged]) -> None:
    """Keep consent to verification by subject; a lower version never replaces a higher one."""
    subjects = sorted(states)  # one order everywhere, so that two members never wait for each other
    standings = [standing_on(Purpose.VERIFICATION, states[subject]) for subject in subjects]
    served = [standing_on(Purpose.SERVICE, states[subject]) for subject in subjects]
    await insert_many(
        tx,
        consent,
        {
            "subject": subjects,
            "ledger_version": [states[subject].ledger_version for subject in subjects],
            **dict(zip(Standing._fields, map(list, zip(*standings, strict=True)), strict=True)),
            "served": [one.granted for one in served],
            "unserved": [one.withdrawn for one in served],
        },
        conflict="(subject) DO UPDATE SET ledger_version = excluded.ledger_version, granted = excluded.granted, "
        "withdrawn = excluded.withdrawn, restricted = excluded.restricted, served = excluded.served, "
        "unserved = excluded.unserved "
        "WHERE excluded.ledger_version > holder_consent.ledger_version",
    )


async def keep_merges(tx: AsyncConnection, events: Sequence[SubjectMerged | SubjectSplit]) -> None:
    """Keep merges and splits, in whatever order they arrive: the highest version of a merge wins."""
    newest: dict[str, SubjectMerged | SubjectSplit] = {}
    for event in events:
        if event.merge_id not in newest or event.merge_version > newest[event.merge_id].merge_version:
            newest[event.merge_id] = event
    rows = [newest[merge_id] for merge_id in sorted(newest)]
    await insert_many(
        tx,
        merge,
        {
            "merge_id": [event.merge_id for event in rows],
            "source": [event.subject for event in rows],
            "target": [event.into if isinstance(event, SubjectMerged) else event.subject for event in rows],
            "merge_version": [event.merge_version for event in rows],
            "undone": [isinstance(event, SubjectSplit) for event in rows],
        },
        conflict="(merge_id) DO UPDATE SET source = excluded.source, target = excluded.target, "
        "merge_version = excluded.merge_version, undone = excluded.undone "
        "WHERE excluded.merge_version > holder_merge.merge_version",
    )


async def view_of(connection: AsyncConnection, subject: str) -> View:
    """The consent of everybody who is read as the person that `subject` is, and how far *all* of these are known."""
    origins = await origins_of(connection, subject)
    query = sa.select(*(consent.c[name] for name in (*Standing._fields, "served", "unserved")))
    rows = await select_any(connection, query, consent.c.subject, origins)
    partitions = {partition_of(origin.encode()) for origin in origins}
    return View(
        [Standing(row.granted, row.withdrawn, row.restricted) for row in rows],
        [Standing(row.served, row.unserved, row.restricted) for row in rows],
        await watermarks.seen_to(connection, partitions),
    )


async def origins_of(connection: AsyncConnection, subject: str) -> list[str]:
    """`subject` and everybody merged with it, up or down, whichever of them is asked for."""
    person = sa.select(sa.literal(subject, consent.c.subject.type).label("subject")).cte(
        "person", recursive=True
    )
    met = sa.or_(merge.c.target == person.c.subject, merge.c.source == person.c.subject)
    other = sa.case((merge.c.target == person.c.subject, merge.c.source), else_=merge.c.target)
    joined = person.union(sa.select(other).where(met, merge.c.undone.is_(False)))  # UNION: a circle ends
    return [str(row[0]) for row in await connection.execute(sa.select(joined.c.subject))]


async def is_erased(connection: AsyncConnection, store: StoreTables, subject: str) -> bool:
    """True where the person asked to be erased."""
    query = sa.select(store.erased.c.subject).where(store.erased.c.subject == subject)
    return await connection.scalar(query) is not None


HOLDINGS = (rows_about("consents", consent.c.subject),)
