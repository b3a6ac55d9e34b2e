"""Every query of consent: notices, acts, states, merges, erased people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent.domain import Act, Line, Origin, State, micros, next_expiry
from gateway.consent.tables import consent, consent_state, notice, subject_merge
from gateway.tables import store
from kernel.ids import new_id
from kernel.store.bulk import insert_many, select_any
from kernel.store.holdings import rows_about

LEDGER_LOCK = 0x6C65_6467

_decode = msgspec.json.Decoder(dict[str, Line]).decode
_encode = msgspec.json.Encoder().encode


class Ledger(NamedTuple):
    """A subject's row: its version, what its acts add up to, and whether its data may only be kept."""

    version: int = 0
    state: State = {}
    restricted: bool = False
    of_age_at: int | None = None
    """When a child turns 16 (µs)."""


EMPTY = Ledger()

_STATES = sa.select(
    consent_state.c.subject,
    consent_state.c.ledger_version,
    consent_state.c.state,
    consent_state.c.restricted,
    consent_state.c.of_age_at,
)


async def enter(tx: AsyncConnection, *, alone: bool = False) -> None:
    """Changes enter the ledger together, a heartbeat alone: none that began before it commits after it.

    SQLite has one writer, which is enough.
    """
    if tx.dialect.name == "postgresql":
        lock = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
        await tx.execute(sa.select(lock(LEDGER_LOCK)))


async def ledgers_of(tx: AsyncConnection, subjects: Sequence[str]) -> dict[str, Ledger]:
    """The rows of `subjects`, those that there are."""
    return await _read(tx, _STATES, subjects)


async def lock_ledgers(
    tx: AsyncConnection, subjects: Sequence[str], known: Mapping[str, Ledger] | None = None
) -> dict[str, Ledger]:
    """The rows of `subjects`, held in one order until the transaction ends; empty where there was none.

    `known` is what this transaction read of them before: true still where there is one writer.
    """
    held = known
    if tx.dialect.name == "postgresql":  # a row must be there to be held
        blank = dict.fromkeys(sorted(subjects), EMPTY)
        await _write(tx, blank, "(subject) DO NOTHING")
        held = None
    if held is None:
        held = await _read(tx, _STATES.order_by(consent_state.c.subject).with_for_update(), subjects)
    return {subject: held.get(subject, EMPTY) for subject in subjects}


async def _read(tx: AsyncConnection, query: sa.Select[Any], subjects: Sequence[str]) -> dict[str, Ledger]:
    rows: Sequence[Any] = await select_any(tx, query, consent_state.c.subject, sorted(subjects))
    return {
        subject: Ledger(version, _decode(state), restricted, of_age_at)
        for subject, version, state, restricted, of_age_at in rows
    }


async def save_ledgers(tx: AsyncConnection, ledgers: Mapping[str, Ledger]) -> None:
    """Write rows that are held."""
    names = ("ledger_version", "state", "restricted", "next_expiry", "of_age_at")
    updates = ", ".join(f"{name} = excluded.{name}" for name in names)
    await _write(tx, ledgers, f"(subject) DO UPDATE SET {updates}")


async def _write(tx: AsyncConnection, ledgers: Mapping[str, Ledger], conflict: str) -> None:
    columns: dict[str, Sequence[Any]] = {
        "subject": list(ledgers),
        "ledger_version": [ledger.version for ledger in ledgers.values()],
        "state": [_encode(ledger.state) for ledger in ledgers.values()],
        "restricted": [ledger.restricted for ledger in ledgers.values()],
        "next_expiry": [next_expiry(ledger.state) for ledger in ledgers.values()],
        "of_age_at": [ledger.of_age_at for ledger in ledgers.values()],
    }
    await insert_many(tx, consent_state, columns, conflict=conflict)


async def add_acts(tx: AsyncConnection, acts: Sequence[Act]) -> None:
    """Keep the evidence."""
    columns: dict[str, Sequence[Any]] = {
        "id": [act.id or new_id() for act in acts],
        "subject": [act.subject for act in acts],
        "act": [act.kind for act in acts],
        "notice": [act.notice for act in acts],
        "notice_version": [act.notice_version for act in acts],
        "purposes": [" ".join(act.purposes) for act in acts],
        "method": [act.method for act in acts],
        "captured_at": [act.captured_at for act in acts],
        "proof": [act.proof for act in acts],
        "record_id": [act.record_id for act in acts],
        "client_id": [act.client_id for act in acts],
        "recorded_at": [act.recorded_at for act in acts],
        "expires_at": [act.expires_at for act in acts],
        "guardian": [act.guardian for act in acts],
    }
    await insert_many(tx, consent, columns)


async def proofs_of(tx: AsyncConnection, subjects: Sequence[str]) -> set[tuple[str, str]]:
    """(subject, proof) of every act of `subjects` that has one."""
    query = sa.select(consent.c.subject, consent.c.proof).where(consent.c.proof.is_not(None))
    rows = await select_any(tx, query, consent.c.subject, list(subjects))
    return {(row.subject, row.proof) for row in rows}


async def drop_acts(tx: AsyncConnection, subjects: Sequence[str], record_ids: Sequence[str]) -> None:
    """Remove the acts that came along with these records."""
    mine = consent.c.subject.in_(subjects)
    for start in range(0, len(record_ids), 500):
        some = consent.c.record_id.in_(record_ids[start : start + 500])
        await tx.execute(sa.delete(consent).where(mine, some))


async def all_acts(tx: AsyncConnection, subject: str) -> list[Act]:
    """Every act of an origin, the first recorded first."""
    rows = await tx.execute(sa.select(consent).where(consent.c.subject == subject).order_by(consent.c.id))
    return [
        Act(
            row.subject, row.act, tuple(row.purposes.split()), row.captured_at, row.recorded_at, row.notice,
            row.notice_version, row.method, row.proof, row.record_id, row.client_id, row.expires_at,
            row.guardian, row.id,
        )
        for row in rows
    ]  # fmt: skip


async def acts_of(
    tx: AsyncConnection, subjects: Sequence[str], before: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Acts of a person, the newest recorded first."""
    query = sa.select(consent).where(consent.c.subject.in_(subjects)).order_by(consent.c.id.desc())
    if before:
        query = query.where(consent.c.id < before)
    return (await tx.execute(query.limit(limit))).all()


async def act_by_id(tx: AsyncConnection, act_id: str) -> sa.Row[Any] | None:
    """One act."""
    return (await tx.execute(sa.select(consent).where(consent.c.id == act_id))).first()


HOLDINGS = (rows_about("consent acts", consent.c.subject), rows_about("consents", consent_state.c.subject))


async def is_erased(tx: AsyncConnection, subjects: Sequence[str]) -> bool:
    """Whether any of `subjects` was erased."""
    query = sa.select(sa.exists().where(store.erased.c.subject.in_(subjects)))
    return bool(await tx.scalar(query))


async def erased_among(tx: AsyncConnection, subjects: Sequence[str]) -> set[str]:
    """Those of `subjects` that were erased."""
    rows = await select_any(tx, sa.select(store.erased.c.subject), store.erased.c.subject, subjects)
    return {row[0] for row in rows}


async def family_of(tx: AsyncConnection, subject: str) -> tuple[str, dict[str, Origin]]:
    """The id that `subject` is read as now, and every origin of that person as it stands."""
    root = await _read_as(tx, subject)
    members = await _members_of(tx, root)
    ledgers = await ledgers_of(tx, list(members))
    origins = {}
    for member, merged_at in members.items():
        ledger = ledgers.get(member, EMPTY)
        origins[member] = Origin(ledger.state, ledger.restricted, merged_at, ledger.of_age_at)
    return root, origins


async def _read_as(tx: AsyncConnection, subject: str) -> str:
    seen = {subject}
    while True:
        query = sa.select(subject_merge.c.merged_into).where(subject_merge.c.subject == subject)
        into = await tx.scalar(query)
        if into is None or into in seen:
            return subject
        seen.add(into)
        subject = into


async def _members_of(tx: AsyncConnection, root: str) -> dict[str, int | None]:
    """`root` and every id that was merged into it, over any number of steps, with the time of its merge."""
    members: dict[str, int | None] = {root: None}
    waiting = [root]
    while waiting:
        merged = await merged_into(tx, waiting)
        fresh = [pair for pairs in merged.values() for pair in pairs if pair[0] not in members]
        members |= dict(fresh)
        waiting = [member for member, _ in fresh]
    return members


async def merged_into(tx: AsyncConnection, subjects: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """For each of `subjects` that others were merged into: those, with the time of their merge."""
    query = sa.select(subject_merge.c.merged_into, subject_merge.c.subject, subject_merge.c.merged_at)
    members: dict[str, list[tuple[str, int]]] = {}
    for row in await select_any(tx, query, subject_merge.c.merged_into, list(subjects)):
        members.setdefault(row.merged_into, []).append((row.subject, micros(row.merged_at)))
    return members


async def merged_among(tx: AsyncConnection, subjects: Sequence[str]) -> set[str]:
    """Those of `subjects` that were ever merged, on either side."""
    away = await select_any(tx, sa.select(subject_merge.c.subject), subject_merge.c.subject, subjects)
    into = sa.select(subject_merge.c.merged_into)
    return {row[0] for row in (*away, *await select_any(tx, into, subject_merge.c.merged_into, subjects))}


async def others_of(tx: AsyncConnection, subject: str) -> dict[str, int]:
    """Everybody else who is read as the same person as `subject`, and since when each of them and it are one."""
    above, at, seen = subject, 0, {subject: 0}
    while (step := await _step_of(tx, above)) is not None and step[0] not in seen:
        above, at = step[0], max(at, step[1])
        seen[above] = at
    waiting = list(seen)
    while waiting:
        merged = await merged_into(tx, waiting)
        fresh = [(over, *pair) for over, pairs in merged.items() for pair in pairs if pair[0] not in seen]
        seen |= {member: max(seen[over], joined) for over, member, joined in fresh}
        waiting = [member for _, member, _ in fresh]
    del seen[subject]
    return seen


async def _step_of(tx: AsyncConnection, subject: str) -> tuple[str, int] | None:
    query = sa.select(subject_merge.c.merged_into, subject_merge.c.merged_at)
    row = (await tx.execute(query.where(subject_merge.c.subject == subject))).first()
    return (row.merged_into, micros(row.merged_at)) if row and row.merged_into else None


async def has_merges(tx: AsyncConnection) -> bool:
    """Whether anybody was ever merged: most ledgers save a look-up by knowing that nobody was."""
    return bool(await tx.scalar(sa.select(sa.exists(sa.select(subject_merge.c.subject)))))


async def save_merges(
    tx: AsyncConnection, rows: Sequence[tuple[str, str | None, str, int, datetime]]
) -> None:
    """Keep (subject, merged_into, merge_id, merge_version, at), unless a newer version is known."""
    names = ("subject", "merged_into", "merge_id", "merge_version", "merged_at")
    updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    newest = {row[0]: row for row in sorted(rows, key=lambda row: row[3])}
    await insert_many(
        tx,
        subject_merge,
        {name: [row[place] for row in newest.values()] for place, name in enumerate(names)},
        conflict=f"(subject) DO UPDATE SET {updates} WHERE excluded.merge_version > subject_merge.merge_version",
    )


async def overdue(tx: AsyncConnection, now: int, limit: int) -> list[str]:
    """Origins of which a consent has run out, as far as nobody has noted it yet."""
    query = sa.select(consent_state.c.subject).where(consent_state.c.next_expiry <= now)
    return list(await tx.scalars(query.order_by(consent_state.c.next_expiry).limit(limit)))


async def agreed_before(tx: AsyncConnection, key: str, version: int, after: str, limit: int) -> list[str]:
    """Origins by id, from the one after `after`, who ever agreed to an earlier version of a notice."""
    query = (
        sa.select(consent.c.subject)
        .where(consent.c.notice == key, consent.c.notice_version < version, consent.c.subject > after)
        .distinct()
        .order_by(consent.c.subject)
        .limit(limit)
    )
    return list(await tx.scalars(query))


async def newest_version(tx: AsyncConnection, key: str) -> int:
    """The newest version of a notice, 0 where there is none."""
    return await tx.scalar(sa.select(sa.func.max(notice.c.version)).where(notice.c.key == key)) or 0


async def find_notice(tx: AsyncConnection, key: str, version: int) -> sa.Row[Any] | None:
    """One version of a notice."""
    query = sa.select(notice).where(notice.c.key == key, notice.c.version == version)
    return (await tx.execute(query)).first()


async def every_notice(tx: AsyncConnection) -> Sequence[sa.Row[Any]]:
    """What every version of every notice promises; not its text."""
    columns = ("key", "version", "purposes", "recipients", "valid_days", "renews", "settled")
    return (await tx.execute(sa.select(*(notice.c[name] for name in columns)))).all()


async def is_replaced(tx: AsyncConnection, key: str, version: int) -> bool:
    """Whether a later version of the notice asks everybody anew."""
    later = (notice.c.key == key, notice.c.version > version, notice.c.renews)
    return bool(await tx.scalar(sa.select(sa.exists().where(*later))))


async def settle_notice(tx: AsyncConnection, key: str, version: int) -> None:
    """Note that consent to the earlier versions has been ended."""
    mine = (notice.c.key == key, notice.c.version == version)
    await tx.execute(sa.update(notice).where(*mine).values(settled=True))


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
