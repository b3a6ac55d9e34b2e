"""Carrying codes out: a record is claimed, committed, and only then sent; what fails goes down the ladder.

A process that dies before the claim leaves a record that is due: another one sends it. One that dies after it leaves
`handed`: it is sent again only where the carrier drops a repetition of the record's id, else never.
"""

import asyncio
from datetime import timedelta
from typing import Final

from kernel.errors import Fault, Unavailable
from kernel.store.engine import Database
from services.verify.challenges import records, repository
from services.verify.challenges.repository import Found, Sending
from services.verify.challenges.service.desk import Opened, Verifications
from services.verify.challenges.service.opening import end_challenge, left_after, send_again
from services.verify.errors import SendingCapped, VerificationFailed
from services.verify.senders.port import Channel, CodeMessage, Locale, NotSent, Sender, Unclear
from services.verify.senders.texts import minute_of, write_text

ORPHANED: Final = timedelta(seconds=20)
"""A record that its process has not moved for so long has no process any more: longer than a carrier may take."""
TEND_S: Final = 2.0
_TOO_LATE: Final = timedelta(seconds=60)
"""With less life left a code is not sent on another channel: nobody could read and enter it."""


async def deliver(database: Database, desk: Verifications, opened: Opened) -> Found:
    """Send a committed record, and the same code down the ladder where a carrier refuses it.

    The verification as it stands then. Raises Unavailable where no carrier took it (it is `delivery_failed` where
    nothing of it can have arrived), VerificationFailed where the seal cannot be opened any more.
    """
    row, sending = opened.row, opened.sending
    while sending is not None and sending.state == "due":
        if await _send(database, desk, row, sending):
            return row
        step = await _step_down(database, desk, row)
        if step is None:
            raise Unavailable("The code could not be sent; it was counted as sent.")
        row, sending = step.row, step.sending
    return row


async def tend(database: Database, desk: Verifications) -> None:
    """Take up what was left lying: records without a process, and messages without a report."""
    now = desk.clock()
    async with database.snapshot() as connection:
        waiting = await records.unsettled(connection, now - min(ORPHANED, desk.fallback))
    for sending in waiting:
        patience = ORPHANED if sending.state in ("due", "handed") else desk.fallback
        if now - (sending.changed_at or sending.at) < patience:
            continue
        try:
            await _take_up(database, desk, sending)
        except Fault:  # told to nobody: the ladder has ended, or a cap is reached
            continue


async def tend_for_ever(database: Database, desk: Verifications) -> None:
    """`tend` every other second."""
    while True:
        await tend(database, desk)
        await asyncio.sleep(TEND_S)


async def fall_back(database: Database, desk: Verifications, challenge_id: str) -> None:
    """The last message of a verification did not arrive: send its code on the next channel, or end it."""
    now = desk.clock()
    async with database.snapshot() as connection:
        row = await repository.find_any(connection, challenge_id)
    if row is None or row.status != "pending" or row.expires_at <= now:
        return
    step = await _step_down(database, desk, row)
    if step:
        await deliver(database, desk, step)


async def _take_up(database: Database, desk: Verifications, sending: Sending) -> None:
    now = desk.clock()
    async with database.snapshot() as connection:
        row = await repository.find_any(connection, sending.challenge_id or "")
    if row is None or row.status != "pending" or row.expires_at <= now:
        return
    carrier = desk.carriers.named(sending.provider)
    if sending.state == "handed":
        again = carrier is not None and carrier.idempotent
        async with database.transaction() as tx:
            state = "due" if again else "unknown"
            moved = await records.settle(tx, sending.id, state, now, among=("handed",))
        if not (moved and again):
            return
        sending = sending._replace(state="due")
    if sending.state == "due":
        await deliver(database, desk, Opened(row, sending, []))
    elif sending.state == "unknown" or (carrier is not None and carrier.reports):
        async with database.transaction() as tx:
            late = await records.settle(tx, sending.id, "late", now, among=("sent", "unknown"))
        if late:
            await fall_back(database, desk, row.id)


async def _send(database: Database, desk: Verifications, row: Found, sending: Sending) -> bool:
    """Whether the message is on its way, or may be; False where it certainly is not."""
    carrier = _carrier_for(desk, sending)
    if carrier is None:
        async with database.transaction() as tx:
            await records.settle(tx, sending.id, "failed", desk.clock(), among=("due",))
        return False
    message = _message(desk, row, sending, carrier)
    async with database.transaction() as tx:
        if not await records.claim(tx, sending.id, carrier.name, desk.clock()):
            return True  # another process has it
    state, reference = "delivered" if not carrier.reports else "sent", None
    try:
        reference = await desk.carriers.send(carrier, message)
    except NotSent:
        state = "failed"
    except Unclear:
        state = "handed" if carrier.idempotent else "unknown"
    async with database.transaction() as tx:
        await records.settle(tx, sending.id, state, desk.clock(), among=("handed",), reference=reference)
    return state != "failed"


def _carrier_for(desk: Verifications, sending: Sending) -> Sender | None:
    """The one that may have it already, where it is being sent again; else the first that works."""
    return desk.carriers.named(sending.provider) or desk.carriers.carrier_of(sending.channel)


async def _step_down(database: Database, desk: Verifications, row: Found) -> Opened | None:
    """A record for the next channel, committed; None where there is none, the verification ended if it is lost."""
    now, left = desk.clock(), left_after(row.ladder)
    if left and row.expires_at - now > _TOO_LATE:
        try:
            async with database.transaction() as tx:
                found = await repository.find_pending(tx, row.client_id, row.id, now, lock=True)
                if found is not None and found.ladder == row.ladder:
                    return await send_again(tx, desk, found, *left, now)
        except (SendingCapped, Unavailable):
            pass  # as if there were no channel left
    async with database.transaction() as tx:
        if not await records.may_have_arrived(tx, row.id):
            await end_challenge(tx, desk, row.client_id, row.id, "delivery_failed")
    return None


def _message(desk: Verifications, row: Found, sending: Sending, carrier: Sender) -> CodeMessage:
    content = desk.keys.open(row.id, row.sealed)
    if content is None:  # the key was lost: no check could succeed either
        raise VerificationFailed
    channel: Channel = sending.channel  # type: ignore[assignment]  # records hold channels only
    locale: Locale = "en" if row.locale == "en" else "vi"
    text = write_text(
        channel, locale, content.code, row.expires_at, sender=carrier.name, templates=desk.templates
    )
    return CodeMessage(
        verification_id=row.id,
        attempt=sending.attempt,
        to=content.number,
        channel=channel,
        locale=locale,
        text=text,
        code=content.code,
        sent_at=desk.clock(),
        key=sending.id,
        until=minute_of(row.expires_at),
    )
