"""Every query about consents, merges and erasures."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import Standing, standing_on
from kernel.contracts.consents import ConsentChanged
from kernel.privacy.purposes import Purpose
from kernel.store.bulk import insert_many, select_any
from kernel.store.holdings import rows_about
from services.persona.lake.domain import Merge
from services.persona.lake.tables import consent, merge
from services.persona.tables import store

_NEWER = "ledger_version = excluded.ledger_version, profiling = excluded.profiling, restricted = excluded.restricted"


async def save_consents(tx: AsyncConnection, states: Mapping[str, ConsentChanged]) -> None:
    """Keep consent to profiling by origin; a higher version is never replaced."""
    subjects = sorted(states)
    standings = [standing_on(Purpose.PROFILING, states[subject]) for subject in subjects]
    await insert_many(
        tx,
        consent,
        {
            "subject": subjects,
            "ledger_version": [states[subject].ledger_version for subject in subjects],
            "profiling": [_word(standing) for standing in standings],
            "restricted": [standing.restricted for standing in standings],
        },
        conflict=f"(subject) DO UPDATE SET {_NEWER} WHERE excluded.ledger_version > consent.ledger_version",
    )


def _word(standing: Standing) -> str:
    """As the column `profiling` says it."""
    return "granted" if standing.granted else "withdrawn" if standing.withdrawn else "never"


def _standing(word: str, restricted: bool) -> Standing:
    return Standing(word == "granted", word == "withdrawn", restricted)


async def save_merges(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows of the merge table in the order of their events; a higher merge_version is never replaced."""
    for row in rows:  # rare, and of one merge there may be several
        await insert_many(
            tx,
            merge,
            {name: [cell] for name, cell in row.items()},
            conflict="(merge_id) DO UPDATE SET active = excluded.active, merge_version = excluded.merge_version "
            "WHERE excluded.merge_version > merge.merge_version",
        )


async def active_merges(connection: AsyncConnection) -> list[Merge]:
    """The merge map as it stands."""
    query = sa.select(merge.c.subject, merge.c.into_subject, merge.c.merge_version).where(merge.c.active)
    return [Merge(*row) for row in await connection.execute(query)]


async def consents(connection: AsyncConnection) -> dict[str, Standing]:
    """Where every origin stands on profiling."""
    query = sa.select(consent.c.subject, consent.c.profiling, consent.c.restricted)
    return {
        subject: _standing(word, restricted) for subject, word, restricted in await connection.execute(query)
    }


async def standings(connection: AsyncConnection, origins: Sequence[str]) -> list[Standing]:
    """Where those `origins` stand whose consent is known."""
    query = sa.select(consent.c.profiling, consent.c.restricted)
    return [
        _standing(row.profiling, row.restricted)
        for row in await select_any(connection, query, consent.c.subject, origins)
    ]


async def person_of(connection: AsyncConnection, subject: str) -> str:
    """Whom `subject` is read as now."""
    seen = {subject}
    while True:
        query = sa.select(merge.c.into_subject).where(merge.c.subject == subject, merge.c.active)
        into = await connection.scalar(query.order_by(merge.c.merge_version.desc()).limit(1))
        if into is None or into in seen:
            return subject
        seen.add(subject := into)


async def origins_of(connection: AsyncConnection, person: str) -> list[str]:
    """`person` and every origin that is read as them."""
    found, layer = [person], [person]
    while layer:
        query = sa.select(merge.c.subject).where(merge.c.active)
        rows = await select_any(connection, query, merge.c.into_subject, layer)
        layer = [row.subject for row in rows if row.subject not in found]
        found += layer
    return found


async def erased_among(connection: AsyncConnection, subjects: Sequence[str]) -> set[str]:
    """Those of `subjects` that are erased."""
    column = store.erased.c.subject
    return {str(row.subject) for row in await select_any(connection, sa.select(column), column, subjects)}


HOLDINGS = (rows_about("consents", consent.c.subject),)


async def put_aside(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Keep a message that could not be understood; repeating it changes nothing."""
    columns = {name: [cell] for name, cell in row.items()}
    await insert_many(
        tx, store.dead_letter, columns, conflict='(consumer, topic, "partition", "offset") DO NOTHING'
    )
