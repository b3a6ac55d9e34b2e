"""Queries of subjects and identifiers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any, update_many
from kernel.store.driver import fetch
from kernel.store.prepared import fetch_any
from services.ingest.identity.domain import PROVED, Holder, Person
from services.ingest.identity.tables import identifier, subject

_ERASURE_LOCK = 0x1D_E2A5E
"""Advisory lock on a server: shared by whoever seals, exclusive to an erasure while it marks the person."""

_HOLDERS = sa.select(
    identifier.c.index,
    identifier.c.kind,
    identifier.c.persons,
    identifier.c.proved_at,
    subject.c.id,
    subject.c.created_at,
    subject.c.erased_at,
    subject.c.documents,
    subject.c.facets,
    subject.c.own,
    subject.c.ledger,
    subject.c.family,
    subject.c.births,
).join_from(identifier, subject, subject.c.id == identifier.c.subject_id)

_OWNERS = sa.select(identifier.c.index, identifier.c.subject_id)


async def hold_erasures(tx: AsyncConnection) -> None:
    """No person read from now on can be marked erased before this transaction ends (SQLite has one writer anyway)."""
    if tx.dialect.name == "postgresql":
        await fetch(tx, "SELECT pg_advisory_xact_lock_shared($1)", [_ERASURE_LOCK])


async def wait_for_writers(tx: AsyncConnection) -> None:
    """The other side of `hold_erasures`: nobody seals until this transaction ends."""
    if tx.dialect.name == "postgresql":
        await tx.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ERASURE_LOCK})


async def holders_of(
    tx: AsyncConnection, indexes: Sequence[bytes], people: dict[str, Person]
) -> dict[bytes, Holder]:
    """Who holds each of `indexes`; one object a person, kept in `people`."""
    found = {}
    rows: Sequence[Any] = await fetch_any(tx, _HOLDERS, identifier.c.index, indexes)
    for (
        index,
        kind,
        persons,
        proved_at,
        key,
        created_at,
        erased_at,
        documents,
        facets,
        own,
        ledger,
        family,
        births,
    ) in rows:
        person = people.get(key)
        if person is None:
            person = people[key] = Person(
                key, False, False, created_at, erased_at is not None, documents, facets, own, ledger, family
            )
            person.births = births
        found[index] = Holder(person, kind, persons, new=False, proved=proved_at is not None)
    return found


class Kin(NamedTuple):
    """A subject that was merged: whom it is read as, and how it stands."""

    id: str
    family: str
    erased: bool
    ledger: bytes | None
    own: bytes | None
    documents: int = 0


async def kin_of(tx: AsyncConnection, families: Sequence[str]) -> list[Kin]:
    """Everybody who is read as one of `families`, these included."""
    query = sa.select(
        subject.c.id,
        subject.c.family,
        subject.c.erased_at,
        subject.c.ledger,
        subject.c.own,
        subject.c.documents,
    ).order_by(subject.c.id)
    rows: Sequence[Any] = await select_any(tx, query, subject.c.family, families)
    return [Kin(key, family, at is not None, *held) for key, family, at, *held in rows]


async def family_by_id(tx: AsyncConnection, key: str) -> list[Kin]:
    """Everybody who is read as the same person as `key`; nobody where there is no such subject."""
    row = (
        await tx.execute(
            sa.select(subject.c.family, subject.c.erased_at, subject.c.documents).where(subject.c.id == key)
        )
    ).first()
    if row is None:
        return []
    return (
        await kin_of(tx, [row.family])
        if row.family
        else [Kin(key, key, row.erased_at is not None, None, None, row.documents)]
    )


async def every_family(tx: AsyncConnection) -> dict[str, str]:
    """Whom everybody who was merged is read as."""
    query = sa.select(subject.c.id, subject.c.family).where(subject.c.family.is_not(None))
    return {row.id: row.family for row in await tx.execute(query)}


async def save_proved(tx: AsyncConnection, proved: Mapping[bytes, int]) -> set[str]:
    """Note when identifiers were proved (µs), and whose they are; those that lead to nobody are passed over."""
    indexes = sorted(proved)
    if not indexes:
        return set()
    await update_many(tx, identifier, {"index": indexes}, {"proved_at": [proved[index] for index in indexes]})
    return set((await owners_of(tx, indexes)).values())


async def mark_proved(tx: AsyncConnection, subjects: Sequence[str]) -> None:
    """Note that these people proved to hold a phone."""
    if subjects:
        mark = sa.update(subject).values(documents=subject.c.documents.op("|")(PROVED))
        await tx.execute(mark.where(one_of(tx, subject.c.id, subjects)))


async def save_families(tx: AsyncConnection, families: Mapping[str, str]) -> None:
    """Set whom each subject is read as."""
    keys = sorted(families)
    await update_many(tx, subject, {"id": keys}, {"family": [families[key] for key in keys]})


async def person_by_id(tx: AsyncConnection, key: str) -> Person | None:
    """A subject by its id."""
    row = (await tx.execute(sa.select(subject).where(subject.c.id == key))).first()
    if row is None:
        return None
    return Person(
        row.id,
        created_at=row.created_at,
        erased=row.erased_at is not None,
        documents=row.documents,
        family=row.family,
    )


async def owners_of(tx: AsyncConnection, indexes: Sequence[bytes]) -> dict[bytes, str]:
    """Whom each index leads to now, others' commits included."""
    rows: Sequence[Any] = await fetch_any(tx, _OWNERS, identifier.c.index, indexes)
    return dict(map(tuple, rows))


async def indexes_of(tx: AsyncConnection, subjects: Sequence[str]) -> list[bytes]:
    """The indexes that lead to these subjects."""
    query = sa.select(identifier.c.index)
    return [row[0] for row in await select_any(tx, query, identifier.c.subject_id, subjects)]


async def families_of(tx: AsyncConnection, subjects: Sequence[str]) -> list[str]:
    """Whom those of these subjects that were merged are read as."""
    query = sa.select(subject.c.family).where(subject.c.family.is_not(None))
    return sorted({row[0] for row in await select_any(tx, query, subject.c.id, subjects)})


async def merged_among(tx: AsyncConnection, subjects: Sequence[str]) -> set[str]:
    """Those of these subjects that were merged with others."""
    query = sa.select(subject.c.id).where(subject.c.family.is_not(None))
    return {row[0] for row in await select_any(tx, query, subject.c.id, subjects)}


async def add_holders(tx: AsyncConnection, holders: Sequence[tuple[bytes, Holder]]) -> None:
    """Keep new identifiers; one that another transaction just added stays with whom it leads to."""
    await insert_many(tx, identifier, _columns(holders), conflict='("index") DO NOTHING')


async def save_persons(tx: AsyncConnection, holders: Sequence[tuple[bytes, Holder]]) -> None:
    """Write who was seen with known phones."""
    await insert_many(
        tx, identifier, _columns(holders), conflict='("index") DO UPDATE SET persons = excluded.persons'
    )


def _columns(holders: Sequence[tuple[bytes, Holder]]) -> dict[str, list[Any]]:
    return {
        "index": [index for index, _ in holders],
        "kind": [holder.code for _, holder in holders],
        "subject_id": [holder.person.id for _, holder in holders],
        "persons": [holder.persons for _, holder in holders],
    }


async def move_identifiers(tx: AsyncConnection, origin: str, into: str) -> None:
    """Let what led to `origin` lead to `into`: after two transactions made the same person at once."""
    await tx.execute(sa.update(identifier).where(identifier.c.subject_id == origin).values(subject_id=into))


async def save_people(tx: AsyncConnection, people: Sequence[Person]) -> None:
    """Insert or update subjects; never touches the erased mark or the ledger's state."""
    await insert_many(
        tx,
        subject,
        {
            "id": [person.id for person in people],
            "created_at": [person.created_at for person in people],
            "documents": [person.documents for person in people],
            "facets": [person.facets for person in people],
            "own": [person.own for person in people],
            "births": [person.births for person in people],
        },
        conflict="(id) DO UPDATE SET documents = subject.documents | excluded.documents,"
        " facets = excluded.facets, own = excluded.own, births = excluded.births",
    )


async def forget_facets(tx: AsyncConnection, key: str) -> None:
    """Forget what was told of a person last: it costs an insert that finds it there."""
    await tx.execute(sa.update(subject).where(subject.c.id == key).values(facets=b""))


async def save_ledger(tx: AsyncConnection, states: Sequence[tuple[str, int, bytes]], now: int) -> None:
    """Keep the ledger's states (subject, version, state); a lower version never replaces a higher one."""
    count = len(states)
    await insert_many(
        tx,
        subject,
        {
            "id": [state[0] for state in states],
            "created_at": [now] * count,
            "documents": [0] * count,
            "facets": [b""] * count,
            "ledger": [state[2] for state in states],
            "ledger_version": [state[1] for state in states],
        },
        conflict="(id) DO UPDATE SET ledger = excluded.ledger, ledger_version = excluded.ledger_version"
        " WHERE subject.ledger_version IS NULL OR subject.ledger_version < excluded.ledger_version",
    )


async def mark_erased(tx: AsyncConnection, subjects: Sequence[str], now: int) -> None:
    """Mark subjects as erased; those that are keep their moment. An origin that was never stored is made, erased."""
    count = len(subjects)
    columns: dict[str, Sequence[Any]] = {
        "id": list(subjects),
        "created_at": [now] * count,
        "documents": [0] * count,
        "facets": [b""] * count,
        "erased_at": [now] * count,
    }
    await insert_many(
        tx,
        subject,
        columns,
        conflict="(id) DO UPDATE SET erased_at = coalesce(subject.erased_at, excluded.erased_at)",
    )


async def forget(tx: AsyncConnection, subjects: Sequence[str]) -> int:
    """Delete what leads to erased subjects and what is noted of them, but for their ids; how many identifiers."""
    of_them = one_of(tx, identifier.c.subject_id, subjects)
    gone = (await tx.execute(sa.delete(identifier).where(of_them))).rowcount
    blank = sa.update(subject).where(one_of(tx, subject.c.id, subjects), subject.c.erased_at.is_not(None))
    await tx.execute(
        blank.values(documents=0, facets=b"", births=None, own=None, ledger=None, ledger_version=None)
    )
    return gone


async def set_facets(tx: AsyncConnection, key: str, facets: bytes) -> None:
    """Replace the facets that a subject is known by at first sight."""
    await tx.execute(sa.update(subject).where(subject.c.id == key).values(facets=facets))


async def unlink(tx: AsyncConnection, key: str, indexes: Sequence[bytes], *, even_if_consenting: bool) -> int:
    """Let these indexes lead to a subject no more; how many did. Else only where the ledger knows nothing of it."""
    gone = sa.delete(identifier).where(identifier.c.subject_id == key, identifier.c.index.in_(indexes))
    if not even_if_consenting:
        gone = gone.where(~sa.exists().where(subject.c.id == key, subject.c.ledger.is_not(None)))
    return (await tx.execute(gone)).rowcount


def is_erased(key: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a subject is marked as erased."""
    return sa.exists().where(subject.c.id == key, subject.c.erased_at.is_not(None))


class Known(NamedTuple):
    """A subject as it is stored."""

    id: str
    erased_at: int | None
    facets: bytes
    births: bytes | None
    own: bytes | None
    ledger: bytes | None


def are_one(one: sa.ColumnElement[str], other: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that two subjects are the same, or are read as the same person."""
    mine, theirs = subject.alias(), subject.alias()
    kin = sa.exists().where(mine.c.id == one, theirs.c.id == other, mine.c.family == theirs.c.family)
    return sa.or_(one == other, kin)


class Held(NamedTuple):
    """An identifier as it is stored."""

    pointer: bytes
    kind: int
    subject_id: str
    persons: bytes
    proved_at: int | None


async def people_of(tx: AsyncConnection, subjects: Sequence[str]) -> list[Known]:
    """These subjects, those that there are."""
    query = sa.select(*(subject.c[name] for name in Known._fields))
    return [Known._make(row) for row in await select_any(tx, query, subject.c.id, subjects)]


async def identifiers_of(tx: AsyncConnection, subjects: Sequence[str]) -> list[Held]:
    """Every identifier that leads to these subjects."""
    columns = identifier.c
    query = sa.select(columns.index, columns.kind, columns.subject_id, columns.persons, columns.proved_at)
    return [Held._make(row) for row in await select_any(tx, query, identifier.c.subject_id, subjects)]


async def remove_identifiers(tx: AsyncConnection, indexes: Sequence[bytes]) -> None:
    """Let these lead to nobody."""
    for start in range(0, len(indexes), 500):
        some = identifier.c.index.in_(indexes[start : start + 500])
        await tx.execute(sa.delete(identifier).where(some))


async def set_witnesses(tx: AsyncConnection, seen: Sequence[tuple[bytes, bytes]]) -> None:
    """Set (index, who was seen with it)."""
    if seen:
        indexes, persons = map(list, zip(*seen, strict=True))
        await update_many(tx, identifier, {"index": indexes}, {"persons": persons})


async def remove_people(tx: AsyncConnection, subjects: Sequence[str]) -> None:
    """Remove subjects of whom nothing is left."""
    if subjects:
        await tx.execute(sa.delete(subject).where(one_of(tx, subject.c.id, subjects)))


async def correct_people(
    tx: AsyncConnection, people: Sequence[tuple[str, int, bytes, bytes | None, bytes | None]]
) -> None:
    """Set (subject, documents, facets, births, own evidence)."""
    if people:
        keys, *columns = map(list, zip(*people, strict=True))
        names = ("documents", "facets", "births", "own")
        await update_many(tx, subject, {"id": keys}, dict(zip(names, columns, strict=True)))


async def known_among(tx: AsyncConnection, subjects: Sequence[str]) -> set[str]:
    """Those of these subjects that there are."""
    return {row.id for row in await select_any(tx, sa.select(subject.c.id), subject.c.id, subjects)}
