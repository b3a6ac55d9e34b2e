"""Every query about personas."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from kernel.store.holdings import rows_about
from services.persona.cards.tables import assignment, persona, persona_quote, persona_version, publication

Row = sa.Row[Any]


async def save_assignments(tx: AsyncConnection, run_id: str, columns: Mapping[str, Sequence[Any]]) -> None:
    """Add a run's assignments, given by column; repeating it changes nothing."""
    rows = {**columns, "run_id": [run_id] * len(columns["person"])}
    await insert_many(tx, assignment, rows, conflict="(person, run_id) DO NOTHING")


async def members_of(connection: AsyncConnection, run_id: str) -> list[tuple[str, str]]:
    """(person, persona) of a run."""
    query = sa.select(assignment.c.person, assignment.c.persona_id).where(assignment.c.run_id == run_id)
    return [(person, persona_id) for person, persona_id in await connection.execute(query)]


async def drop_members(tx: AsyncConnection, study_run: str, limit: int) -> int:
    """Delete up to `limit` assignments of a run; returns how many."""
    some = sa.select(assignment.c.person).where(assignment.c.run_id == study_run).limit(limit)
    gone = await tx.execute(
        sa.delete(assignment).where(assignment.c.run_id == study_run, assignment.c.person.in_(some))
    )
    return gone.rowcount


async def published_run(connection: AsyncConnection, study_id: str) -> str | None:
    """The run whose personas stand for a study now."""
    found: str | None = await connection.scalar(
        sa.select(publication.c.run_id).where(publication.c.study_id == study_id)
    )
    return found


async def publications(connection: AsyncConnection) -> dict[str, datetime]:
    """When each study's standing run was published."""
    rows = await connection.execute(sa.select(publication.c.study_id, publication.c.at))
    return {row.study_id: row.at for row in rows}


async def versions_now(connection: AsyncConnection, study_id: str) -> dict[str, int]:
    """The newest version of each persona of a study, retired ones too."""
    query = sa.select(persona.c.id, persona.c.version).where(persona.c.study_id == study_id)
    return {row.id: row.version for row in await connection.execute(query)}


async def save_publication(
    tx: AsyncConnection, study_id: str, run_id: str, at: datetime, versions: Mapping[str, int]
) -> None:
    """Make a run the one that stands for its study, with these persona versions; others of the study retire."""
    await insert_many(
        tx,
        publication,
        {"study_id": [study_id], "run_id": [run_id], "at": [at]},
        conflict='(study_id) DO UPDATE SET run_id = excluded.run_id, "at" = excluded."at"',
    )
    await tx.execute(sa.update(persona).where(persona.c.study_id == study_id).values(retired=True))
    rows: dict[str, list[Any]] = {
        "id": list(versions),
        "study_id": [study_id] * len(versions),
        "version": list(versions.values()),
        "retired": [False] * len(versions),
    }
    await insert_many(
        tx, persona, rows, conflict="(id) DO UPDATE SET version = excluded.version, retired = false"
    )


async def save_versions(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add persona versions."""
    await tx.execute(sa.insert(persona_version), list(rows))


async def save_quotes(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add quotes."""
    if rows:
        await tx.execute(sa.insert(persona_quote), list(rows))


async def current(connection: AsyncConnection, persona_id: str) -> Row | None:
    """The newest version of a persona: id, study_id, version, retired, at, run_id, card."""
    return (await connection.execute(_current().where(persona.c.id == persona_id))).first()


async def listed(
    connection: AsyncConnection, study_id: str | None, after: str | None, limit: int
) -> Sequence[Row]:
    """Up to `limit` personas that stand now, of one study or of all, after an id."""
    query = _current().where(persona.c.retired.is_(False)).order_by(persona.c.id).limit(limit)
    query = query.where(persona.c.study_id == study_id) if study_id else query
    query = query.where(persona.c.id > after) if after else query
    return (await connection.execute(query)).all()


async def newest(connection: AsyncConnection, limit: int) -> list[str]:
    """Up to `limit` personas that stand now, of the newest publication first."""
    query = (
        sa.select(persona.c.id)
        .join(publication, publication.c.study_id == persona.c.study_id)
        .where(persona.c.retired.is_(False))
        .order_by(publication.c.at.desc(), persona.c.id)
        .limit(limit)
    )
    return [row.id for row in await connection.execute(query)]


async def versions(connection: AsyncConnection, persona_id: str) -> Sequence[Row]:
    """Every version of a persona, oldest first."""
    query = sa.select(persona_version).where(persona_version.c.persona_id == persona_id)
    return (await connection.execute(query.order_by(persona_version.c.version))).all()


async def quotes_of(connection: AsyncConnection, persona_id: str, version: int) -> Sequence[Row]:
    """The quotes of a version with their speakers."""
    query = sa.select(persona_quote).where(
        persona_quote.c.persona_id == persona_id, persona_quote.c.version == version
    )
    return (await connection.execute(query.order_by(persona_quote.c.position))).all()


async def assigned(connection: AsyncConnection, person: str, study_id: str | None) -> Row | None:
    """A person's assignment in the study's standing run, or in the newest publication that knows them."""
    query = (
        sa.select(assignment, publication.c.study_id, publication.c.at)
        .join(publication, publication.c.run_id == assignment.c.run_id)
        .where(assignment.c.person == person)
        .order_by(publication.c.at.desc())
        .limit(1)
    )
    query = query.where(publication.c.study_id == study_id) if study_id else query
    return (await connection.execute(query)).first()


HOLDINGS = (rows_about("quotes", persona_quote.c.person), rows_about("assignments", assignment.c.person))


def _current() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        persona.c.id,
        persona.c.study_id,
        persona.c.version,
        persona.c.retired,
        persona_version.c.at,
        persona_version.c.run_id,
        persona_version.c.card,
    ).join(
        persona_version,
        sa.and_(persona_version.c.persona_id == persona.c.id, persona_version.c.version == persona.c.version),
    )
