"""Every query of consent: notices, acts, states, merges."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent.domain import State
from gateway.consent.tables import consent, consent_state, notice, subject_merge
from gateway.tables import store
from kernel.contracts.consents import PurposeState
from kernel.store.bulk import insert_many, select_any

_decode = msgspec.json.Decoder(dict[str, PurposeState]).decode
_encode = msgspec.json.Encoder().encode


class Ledger(msgspec.Struct):
    """A subject's row: its version, what its acts add up to, and whether its data may only be kept."""

    version: int = 0
    state: State = {}
    restricted: bool = False


async def ledgers_of(
    tx: AsyncConnection, subjects: Sequence[str], *, lock: bool = False
) -> dict[str, Ledger]:
    """The rows of `subjects`; with `lock` they are held until the transaction ends, made where there is none."""
    query = sa.select(consent_state).order_by(consent_state.c.subject)
    if lock:
        await _make_empty(tx, sorted(set(subjects)))
        query = query.with_for_update()
    rows = await select_any(tx, query, consent_state.c.subject, sorted(set(subjects)))
    return {row.subject: Ledger(row.ledger_version, _decode(row.state), row.restricted) for row in rows}


async def _make_empty(tx: AsyncConnection, subjects: Sequence[str]) -> None:
    count = len(subjects)
    columns = {
        "subject": subjects,
        "ledger_version": [0] * count,
        "state": [b"{}"] * count,
        "restricted": [False] * count,
    }
    await insert_many(tx, consent_state, columns, conflict="(subject) DO NOTHING")


async def save_ledgers(tx: AsyncConnection, ledgers: Mapping[str, Ledger]) -> None:
    """Write rows that are held."""
    await insert_many(
        tx,
        consent_state,
        {
            "subject": list(ledgers),
            "ledger_version": [ledger.version for ledger in ledgers.values()],
            "state": [_encode(ledger.state) for ledger in ledgers.values()],
            "restricted": [ledger.restricted for ledger in ledgers.values()],
        },
        conflict="(subject) DO UPDATE SET ledger_version = excluded.ledger_version, state = excluded.state, "
        "restricted = excluded.restricted",
    )


async def add_acts(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the evidence."""
    if rows:
        await insert_many(tx, consent, {name: [row[name] for row in rows] for name in rows[0]})


async def acts_of(tx: AsyncConnection, subjects: Sequence[str], limit: int) -> Sequence[sa.Row[Any]]:
    """The newest acts of a person."""
    query = sa.select(consent).order_by(consent.c.captured_at.desc(), consent.c.id.desc()).limit(limit)
    return await select_any(tx, query, consent.c.subject, subjects)


async def act_by_id(tx: AsyncConnection, act_id: str) -> sa.Row[Any] | None:
    """One act."""
    return (await tx.execute(sa.select(consent).where(consent.c.id == act_id))).first()


async def proofs_of(tx: AsyncConnection, subjects: Sequence[str]) -> set[tuple[str, str]]:
    """The proofs (hashes) that were shown for these subjects."""
    query = sa.select(consent.c.subject, consent.c.proof).where(consent.c.proof.is_not(None))
    return {(row.subject, row.proof) for row in await select_any(tx, query, consent.c.subject, subjects)}


async def erase(tx: AsyncConnection, subjects: Sequence[str], at: datetime) -> None:
    """Destroy what the ledger holds of erased people, and remember their ids for ever."""
    for table in (consent, consent_state):
        await tx.execute(sa.delete(table).where(table.c.subject.in_(subjects)))
    columns: dict[str, Sequence[Any]] = {"subject": list(subjects), "at": [at] * len(subjects)}
    await insert_many(tx, store.erased, columns, conflict="(subject) DO NOTHING")


async def purposes_by_notice(tx: AsyncConnection) -> dict[tuple[str, int], frozenset[str]]:
    """What each version of each notice offers."""
    rows = await tx.execute(sa.select(notice.c.key, notice.c.version, notice.c.purposes))
    return {(key, version): frozenset(purposes) for key, version, purposes in rows}


async def read_as(tx: AsyncConnection, subject: str) -> str:
    """The id that `subject` is read as now; itself where it was never merged."""
    seen = {subject}
    while True:
        query = sa.select(subject_merge.c.merged_into).where(subject_merge.c.subject == subject)
        into = await tx.scalar(query)
        if into is None or into in seen:
            return subject
        seen.add(into)
        subject = into


async def origins_of(tx: AsyncConnection, subject: str) -> list[str]:
    """`subject` and every id that was merged into it, over any number of steps."""
    found, waiting = [subject], [subject]
    while waiting:
        query = sa.select(subject_merge.c.subject)
        rows = await select_any(tx, query, subject_merge.c.merged_into, waiting)
        waiting = [row.subject for row in rows if row.subject not in found]
        found += waiting
    return found


async def save_merges(
    tx: AsyncConnection, rows: Sequence[tuple[str, str | None, str, int, datetime]]
) -> None:
    """Keep (subject, merged_into, merge_id, merge_version, at), unless a newer version is known."""
    names = ("subject", "merged_into", "merge_id", "merge_version", "merged_at")
    for row in rows:  # one at a time: a batch may hold a merge and its split
        await insert_many(
            tx,
            subject_merge,
            {name: [cell] for name, cell in zip(names, row, strict=True)},
            conflict="(subject) DO UPDATE SET merged_into = excluded.merged_into, merge_id = excluded.merge_id, "
            "merge_version = excluded.merge_version, merged_at = excluded.merged_at "
            "WHERE excluded.merge_version > subject_merge.merge_version",
        )


async def newest_version(tx: AsyncConnection, key: str) -> int:
    """The newest version of a notice, 0 where there is none."""
    return await tx.scalar(sa.select(sa.func.max(notice.c.version)).where(notice.c.key == key)) or 0


async def find_notice(tx: AsyncConnection, key: str, version: int) -> sa.Row[Any] | None:
    """One version of a notice."""
    query = sa.select(notice).where(notice.c.key == key, notice.c.version == version)
    return (await tx.execute(query)).first()


async def add_notice(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a new version. Raises IntegrityError where another request took it meanwhile."""
    await tx.execute(sa.insert(notice).values(**row))


async def list_notices(
    tx: AsyncConnection, after: tuple[str, int] | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Notices by key, versions rising."""
    query = sa.select(notice).order_by(notice.c.key, notice.c.version).limit(limit)
    if after:
        query = query.where(sa.tuple_(notice.c.key, notice.c.version) > sa.tuple_(*map(sa.literal, after)))
    return (await tx.execute(query)).all()
