"""Queries of verifications and their counters. Every state change is conditional: whoever comes second changes nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.holdings import Holding, rows_about
from services.verify.challenges.domain import DAY, HOUR
from services.verify.challenges.tables import challenge, code_checks, number_checks, sending, sending_gate

_MOMENTS: tuple[sa.Column[datetime], ...] = (
    challenge.c.created_at,
    code_checks.c.at,
    number_checks.c.hour,
    sending.c.at,
)

_IS_PENDING = challenge.c.status == sa.literal_column(
    "'pending'"
)  # a literal, or SQLite ignores the partial index


class Found(NamedTuple):
    """A verification as stored; `sealed` and `code_hash` are there only while it is pending."""

    id: str
    client_id: str
    subject: str | None
    purpose: str
    channel: str
    locale: str
    number_key: bytes
    sealed: bytes | None
    code_hash: bytes | None
    status: str
    sends: int
    created_at: datetime
    expires_at: datetime
    next_resend_at: datetime
    method: str = "code"
    ladder: str = ""
    """Channels to try after this one."""
    collector: str | None = None
    ended_at: datetime | None = None


class Sending(NamedTuple):
    """A send record: written before anything is sent.

    `state`: due (decided), handed (a process is at it), sent (taken by the carrier), delivered, failed (certainly
    not taken or not arrived), late (no report in time), unknown (perhaps taken; never sent again).
    """

    id: str
    number_key: bytes
    client_id: str
    channel: str
    price_vnd: int
    at: datetime
    challenge_id: str | None
    attempt: int
    state: str
    provider: str
    changed_at: datetime | None
    prefix: str
    block: bytes | None
    ip_key: bytes | None = None
    device_key: bytes | None = None
    collector: str | None = None
    reference: str | None = None


_found = sa.select(*(challenge.c[name] for name in Found._fields))


async def add_challenge(tx: AsyncConnection, row: Found) -> None:
    """Keep a new verification."""
    await tx.execute(sa.insert(challenge).values(row._asdict()))


async def find_pending(
    connection: AsyncConnection, client_id: str, challenge_id: str, now: datetime, *, lock: bool = False
) -> Found | None:
    """The client's own verification where it still waits for its code; `lock` holds it until the end of the
    transaction."""
    query = _found.where(*_pending(client_id, challenge_id, now))
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return Found(*row) if row else None


async def end_challenge(
    tx: AsyncConnection, client_id: str, challenge_id: str, status: str, now: datetime
) -> bool:
    """End the client's pending verification and destroy its code and number; False where it was not pending any more."""
    ended = sa.update(challenge).where(*_pending(client_id, challenge_id, now))
    result = await tx.execute(ended.values(status=status, sealed=None, code_hash=None, ended_at=now))
    return result.rowcount == 1


async def note_resend(
    tx: AsyncConnection, challenge_id: str, sends: int, next_resend_at: datetime, channel: str, ladder: str
) -> None:
    """The code is sent for the `sends`-th time, on `channel`, with `ladder` left after it."""
    row = sa.update(challenge).where(challenge.c.id == challenge_id)
    values = {"sends": sends, "next_resend_at": next_resend_at, "channel": channel, "ladder": ladder}
    await tx.execute(row.values(values))


async def find_any(connection: AsyncConnection, challenge_id: str, client_id: str = "") -> Found | None:
    """A verification whatever became of it; of `client_id` only, where one is named."""
    query = _found.where(challenge.c.id == challenge_id)
    row = (
        await connection.execute(query.where(challenge.c.client_id == client_id) if client_id else query)
    ).first()
    return Found(*row) if row else None


async def pending_of_number(
    connection: AsyncConnection, number_key: bytes, method: str, now: datetime
) -> list[Found]:
    """What waits for this number by that method, the newest first; a few at most."""
    query = _found.where(
        challenge.c.number_key == number_key,
        challenge.c.method == method,
        _IS_PENDING,
        challenge.c.expires_at > now,
    )
    rows = await connection.execute(query.order_by(challenge.c.created_at.desc()).limit(10))
    return [Found(*row) for row in rows]


async def count_code_check(tx: AsyncConnection, client_id: str, challenge_id: str, now: datetime) -> int:
    """Count a check of this id by this client; which one it is, from 1."""
    row = {"challenge_id": challenge_id, "client_id": client_id, "checks": 1, "at": now}
    return await _count(tx, code_checks, row)


async def count_number_check(tx: AsyncConnection, number_key: bytes, now: datetime) -> int:
    """Count a check of a code for this number; how many there were in the last 24 hours (by whole hours)."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    await _count(tx, number_checks, {"number_key": number_key, "hour": hour, "checks": 1})
    total = sa.select(sa.func.sum(number_checks.c.checks)).where(
        number_checks.c.number_key == number_key, number_checks.c.hour > now - DAY - HOUR
    )
    return int(await tx.scalar(total) or 0)


async def take_turn(tx: AsyncConnection) -> None:
    """Let one sending at a time be judged: the others wait until this transaction ends."""
    insert = _insert(tx, sending_gate).values(id=1, turn=1)
    await tx.execute(
        insert.on_conflict_do_update(index_elements=["id"], set_={"turn": sending_gate.c.turn + 1})
    )


async def anything_due(connection: AsyncConnection, now: datetime, keep: Mapping[str, timedelta]) -> bool:
    """True where `expire` or `forget` would change something."""
    late = [sa.exists().where(_IS_PENDING, challenge.c.expires_at <= now)]
    late += [sa.exists().where(moment < now - keep[moment.table.name]) for moment in _MOMENTS]
    return bool(await connection.scalar(sa.select(sa.or_(*late))))


async def expire(tx: AsyncConnection, now: datetime) -> int:
    """End what is past its time, destroying codes and numbers; how many."""
    late = sa.update(challenge).where(_IS_PENDING, challenge.c.expires_at <= now)
    ended = late.values(status="expired", sealed=None, code_hash=None, ended_at=challenge.c.expires_at)
    return (await tx.execute(ended)).rowcount


async def forget(tx: AsyncConnection, now: datetime, keep: Mapping[str, timedelta]) -> None:
    """Delete counters and verifications older than `keep`, by table name."""
    for moment in _MOMENTS:
        await tx.execute(sa.delete(moment.table).where(moment < now - keep[moment.table.name]))


def _pending(client_id: str, challenge_id: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        challenge.c.id == challenge_id,
        challenge.c.client_id == client_id,
        _IS_PENDING,
        challenge.c.expires_at > now,
    )


async def _count(tx: AsyncConnection, table: sa.Table, row: Mapping[str, Any]) -> int:
    """Insert `row` or raise its `checks` by one, in one statement; the count after it."""
    insert = _insert(tx, table).values(**row)
    keys = [column.name for column in table.primary_key]
    counted = insert.on_conflict_do_update(index_elements=keys, set_={"checks": table.c.checks + 1})
    return int((await tx.execute(counted.returning(table.c.checks))).scalar_one())


def _insert(tx: AsyncConnection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    server = tx.dialect.name == "postgresql"
    return postgresql.insert(table) if server else sqlite.insert(table)


HOLDINGS = (
    Holding(
        "send records",
        sending,
        lambda origins: sending.c.challenge_id.in_(
            sa.select(challenge.c.id).where(challenge.c.subject.in_(origins))
        ),
    ),
    rows_about("verifications", challenge.c.subject),
)
