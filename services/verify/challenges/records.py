"""Queries of send records: what the caps and the guard are judged by, and who may send what next."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verify.challenges.domain import DAY, HOUR, Sent, SentBefore
from services.verify.challenges.ladder import Measured
from services.verify.challenges.repository import Sending
from services.verify.challenges.tables import challenge, sending
from services.verify.fraud.domain import Traffic

WEEK = timedelta(days=7)
_sending = sa.select(*(sending.c[name] for name in Sending._fields))
_IS_PENDING = challenge.c.status == sa.literal_column("'pending'")
_VERIFIED = challenge.c.status == "verified"
_LOOKED_AT = ("verified", "expired", "exhausted", "delivery_failed")


async def add_sending(tx: AsyncConnection, row: Sending) -> None:
    """Write a send record before anything is sent."""
    await tx.execute(sa.insert(sending).values(row._asdict()))


async def sent_before(tx: AsyncConnection, row: Sending, now: datetime) -> SentBefore:
    """What the caps are judged by."""
    at = sending.c.at
    of_number = sa.select(at).where(sending.c.number_key == row.number_key, at > now - DAY)
    to_number = await tx.scalars(of_number.order_by(at.desc()))
    named = {
        "client": (sending.c.client_id, row.client_id),
        "prefix": (sending.c.prefix, row.prefix),
        "ip": (sending.c.ip_key, row.ip_key),
        "device": (sending.c.device_key, row.device_key),
        "collector": (sending.c.collector, row.collector),
    }
    under = {cap: column == value for cap, (column, value) in named.items() if value is not None}
    columns: list[sa.ColumnElement[Any]] = [
        sa.func.coalesce(sa.func.sum(sending.c.price_vnd), 0),
        sa.func.min(at),
    ]
    for condition in under.values():
        columns += [sa.func.count(sa.case((condition, 1))), sa.func.min(sa.case((condition, at)))]
    values = (await tx.execute(sa.select(*columns).where(at > now - HOUR))).one()
    counted = {"vnd": Sent(int(values[0]), values[1])}
    for place, cap in enumerate(under, start=1):
        counted[cap] = Sent(values[2 * place], values[2 * place + 1])
    return SentBefore(to_number.all(), counted)


async def traffic_around(tx: AsyncConnection, row: Sending, number: str, now: datetime) -> Traffic:
    """What the guard is judged by, this sending included."""
    others = sa.select(sa.func.count(sa.distinct(sending.c.number_key))).where(
        sending.c.block == row.block, sending.c.at > now - HOUR, sending.c.number_key != row.number_key
    )
    neighbours = int(await tx.scalar(others) or 0) + 1
    of_prefix = sa.select(sending.c.challenge_id).where(
        sending.c.prefix == row.prefix, sending.c.at > now - HOUR
    )
    prefix_ended, prefix_verified = await _ended(tx, now - HOUR, challenge.c.id.in_(of_prefix))
    all_ended, all_verified = await _ended(tx, now - timedelta(minutes=15))
    return Traffic(number, row.prefix, neighbours, prefix_ended, prefix_verified, all_ended, all_verified)


async def measured_channels(connection: AsyncConnection, now: datetime) -> dict[str, Measured]:
    """How many codes of each channel ended in the last week, and how many of them were used."""
    query = (
        sa.select(challenge.c.channel, sa.func.count(), sa.func.count(sa.case((_VERIFIED, 1))))
        .where(challenge.c.created_at > now - WEEK, challenge.c.status.in_(_LOOKED_AT))
        .group_by(challenge.c.channel)
    )
    return {row[0]: Measured(row[1], row[2]) for row in await connection.execute(query)}


async def claim(tx: AsyncConnection, sending_id: str, provider: str, now: datetime) -> bool:
    """Take a record that is due: whoever comes second gets False, and sends nothing."""
    due = sa.update(sending).where(sending.c.id == sending_id, sending.c.state == "due")
    taken = await tx.execute(due.values(state="handed", provider=provider, changed_at=now))
    return taken.rowcount == 1


async def settle(
    tx: AsyncConnection,
    sending_id: str,
    state: str,
    now: datetime,
    *,
    among: Sequence[str],
    reference: str | None = None,
) -> bool:
    """Move a record to `state` from one of `among`; False where it is in none of them (any more)."""
    values: dict[str, Any] = {"state": state, "changed_at": now}
    if reference:
        values["reference"] = reference
    open_ = sa.update(sending).where(sending.c.id == sending_id, sending.c.state.in_(among))
    return (await tx.execute(open_.values(values))).rowcount == 1


async def find_sending(
    connection: AsyncConnection, key: str | None, provider: str, reference: str | None
) -> Sending | None:
    """By our key, else by the carrier's own reference."""
    query = _sending.where(sending.c.provider == provider)
    if key:
        query = query.where(sending.c.id == key)
    elif reference:
        query = query.where(sending.c.reference == reference)
    else:
        return None
    row = (await connection.execute(query.limit(1))).first()
    return Sending(*row) if row else None


async def by_references(
    connection: AsyncConnection, provider: str, references: Sequence[str]
) -> dict[str, str]:
    """Keys of a carrier's messages by those of `references` that it gave."""
    given = sending.c.reference.in_(references)
    query = sa.select(sending.c.reference, sending.c.id).where(sending.c.provider == provider, given)
    return {row.reference: row.id for row in await connection.execute(query)}


async def last_sending(connection: AsyncConnection, challenge_id: str) -> Sending | None:
    """The newest record of a verification."""
    query = _sending.where(sending.c.challenge_id == challenge_id)
    row = (await connection.execute(query.order_by(sending.c.attempt.desc()).limit(1))).first()
    return Sending(*row) if row else None


async def may_have_arrived(connection: AsyncConnection, challenge_id: str) -> bool:
    """Whether any message of a verification may be in its holder's hands, or may still get there."""
    hopeful = sending.c.state.in_(("due", "handed", "sent", "delivered", "unknown"))
    query = sa.select(sa.exists().where(sending.c.challenge_id == challenge_id, hopeful))
    return bool(await connection.scalar(query))


async def unsettled(connection: AsyncConnection, before: datetime) -> list[Sending]:
    """Records of pending verifications that nothing happened to since `before`."""
    waiting = sending.c.state.in_(("due", "handed", "sent", "unknown"))
    query = _sending.join(challenge, challenge.c.id == sending.c.challenge_id).where(
        _IS_PENDING, waiting, sending.c.changed_at <= before
    )
    return [Sending(*row) for row in await connection.execute(query.order_by(sending.c.at).limit(200))]


async def _ended(tx: AsyncConnection, since: datetime, *more: sa.ColumnElement[bool]) -> tuple[int, int]:
    query = sa.select(sa.func.count(), sa.func.count(sa.case((_VERIFIED, 1)))).where(
        challenge.c.ended_at > since, challenge.c.status.in_(_LOOKED_AT), *more
    )
    ended, verified = (await tx.execute(query)).one()
    return int(ended), int(verified)
