"""Queries of retention: the rules, the nights, and what has had its time."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from services.ingest import moments
from services.ingest.holds.service import spares
from services.ingest.identity.service import is_erased
from services.ingest.quarantine.domain import WAITING
from services.ingest.quarantine.tables import quarantine
from services.ingest.records.tables import attempt, record
from services.ingest.retention.domain import Rule, cutoff, kinds_of
from services.ingest.retention.tables import retention_night, retention_policy

LEASE_US = 120 * 1_000_000
"""How long a night's work may lie still before another process takes it up."""

SPARED = sa.or_(spares(record.c.subject_id, record.c.kind), is_erased(record.c.subject_id))
"""Records that a hold keeps, or that an erasure is about to delete."""


async def current_policy(tx: AsyncConnection) -> Any:
    """The newest version of the rules; None where nobody decided anything."""
    query = sa.select(retention_policy).order_by(retention_policy.c.version.desc()).limit(1)
    return (await tx.execute(query)).first()


async def add_policy(
    tx: AsyncConnection, version: int, rules: Sequence[Rule], *, active: bool, by: str
) -> None:
    """Keep a new version. Raises IntegrityError where another one took its number."""
    row = {"version": version, "active": active, "rules": msgspec.to_builtins(list(rules))}
    await tx.execute(
        sa.insert(retention_policy).values({**row, "changed_at": moments.now(), "changed_by": by})
    )


async def nights(tx: AsyncConnection, limit: int) -> Sequence[Any]:
    """The last nights, newest first."""
    query = sa.select(retention_night).order_by(retention_night.c.day.desc())
    return (await tx.execute(query.limit(limit))).all()


async def is_over(tx: AsyncConnection, day: str) -> bool:
    """Whether a night's work is done."""
    query = sa.select(retention_night.c.finished_at).where(retention_night.c.day == day)
    return await tx.scalar(query) is not None


async def take_night(tx: AsyncConnection, day: str, policy_version: int) -> bool:
    """Take a night's work: True for one process at a time, and for nobody once it is done."""
    now = moments.now()
    row: dict[str, Sequence[Any]] = {
        "day": [day],
        "policy_version": [policy_version],
        "deleted": [{}],
        "started_at": [now],
        "lease_until": [now + LEASE_US],
    }
    if await insert_many(tx, retention_night, row, conflict="(day) DO NOTHING"):
        return True
    mine = sa.update(retention_night).where(
        retention_night.c.day == day,
        retention_night.c.finished_at.is_(None),
        retention_night.c.lease_until < now,
    )
    return bool((await tx.execute(mine.values(lease_until=now + LEASE_US))).rowcount)


async def add_counts(tx: AsyncConnection, day: str, counts: Mapping[str, int]) -> None:
    """Add to what a night deleted, and keep its work for this process."""
    query = sa.select(retention_night.c.deleted).where(retention_night.c.day == day).with_for_update()
    known: dict[str, int] = await tx.scalar(query) or {}
    total = {what: known.get(what, 0) + counts.get(what, 0) for what in dict.fromkeys([*known, *counts])}
    change = sa.update(retention_night).where(retention_night.c.day == day)
    await tx.execute(change.values(deleted=total, lease_until=moments.now() + LEASE_US))


async def end_night(tx: AsyncConnection, day: str) -> None:
    """A night's work is done."""
    done = sa.update(retention_night).where(retention_night.c.day == day)
    await tx.execute(done.values(finished_at=moments.now()))


def _is_over_time(rule: Rule, rules: Sequence[Rule], now: int) -> sa.ColumnElement[bool]:
    """The condition on `record` that a rule's time is over, and no hold or erasure in the way."""
    before = cutoff(rule, now)
    moment = record.c.occurred_at if rule.since == "occurred" else record.c.received_at
    condition = sa.and_(record.c.kind.in_(kinds_of(rule, rules)), moment < before, ~SPARED)
    if rule.since == "last_seen":
        later = record.alias("later")
        heard_of = sa.exists().where(later.c.subject_id == record.c.subject_id, later.c.received_at >= before)
        condition = sa.and_(condition, ~heard_of)
    return condition


async def count_records(
    tx: AsyncConnection, rule: Rule, rules: Sequence[Rule], now: int
) -> dict[str, tuple[int, int]]:
    """Records by kind whose time is over: how many, and when the oldest happened."""
    query = sa.select(record.c.kind, sa.func.count(), sa.func.min(record.c.occurred_at))
    rows = await tx.execute(query.where(_is_over_time(rule, rules, now)).group_by(record.c.kind))
    return {kind: (count, oldest) for kind, count, oldest in rows}


async def count_held(tx: AsyncConnection, kinds: Sequence[str]) -> int:
    """Records of these kinds that a hold keeps, whatever their age."""
    held = spares(record.c.subject_id, record.c.kind)
    query = sa.select(sa.func.count()).select_from(record).where(record.c.kind.in_(kinds), held)
    return await tx.scalar(query) or 0


async def over_time(
    tx: AsyncConnection, rules: Sequence[Rule], now: int, after: tuple[str, str] | None, limit: int
) -> list[tuple[str, str]]:
    """(id, source) of records whose time is over by any of the rules, in one walk along the key."""
    conditions = [_is_over_time(rule, rules, now) for rule in rules if rule.of == "records"]
    query = sa.select(record.c.id, record.c.source).where(sa.or_(sa.false(), *conditions))
    if after:
        query = query.where(sa.tuple_(record.c.id, record.c.source) > after)
    rows = await tx.execute(query.order_by(record.c.id, record.c.source).limit(limit))
    return [(row.id, row.source) for row in rows]


def _old_items(rule: Rule, now: int) -> sa.ColumnElement[bool]:
    waiting = quarantine.c.state == WAITING
    return sa.and_(
        waiting if rule.of == "quarantine" else ~waiting, quarantine.c.received_at < cutoff(rule, now)
    )


async def count_items(tx: AsyncConnection, rule: Rule, now: int) -> tuple[int, int | None]:
    """Items of the quarantine whose time is over, and when the oldest was received."""
    query = sa.select(sa.func.count(), sa.func.min(quarantine.c.received_at)).where(_old_items(rule, now))
    row = (await tx.execute(query)).one()
    return row[0], row[1]


async def old_items(tx: AsyncConnection, rule: Rule, now: int, limit: int) -> list[str]:
    """Such items, locked; those that somebody holds at this moment are left to the next night."""
    query = sa.select(quarantine.c.id).where(_old_items(rule, now)).order_by(quarantine.c.received_at)
    rows = await tx.execute(query.limit(limit).with_for_update(skip_locked=True))
    return [row.id for row in rows]


async def count_attempts(tx: AsyncConnection, rule: Rule, now: int) -> tuple[int, int | None]:
    """Notes of repeated records whose time is over, and when the oldest was made."""
    query = sa.select(sa.func.count(), sa.func.min(attempt.c.at)).where(attempt.c.at < cutoff(rule, now))
    row = (await tx.execute(query)).one()
    return row[0], row[1]


async def delete_attempts(tx: AsyncConnection, rule: Rule, now: int, limit: int) -> int:
    """Delete some of such notes; how many."""
    old = sa.select(attempt.c.id).where(attempt.c.at < cutoff(rule, now)).order_by(attempt.c.at).limit(limit)
    return (await tx.execute(sa.delete(attempt).where(attempt.c.id.in_(old)))).rowcount
