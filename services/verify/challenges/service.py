"""Sending codes and checking them. Guessing and spending are counted, durably, before anything happens."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Fault, FieldError, Gone, InvalidInput, Unavailable
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.store.tables import StoreTables
from services.verify.challenges import repository
from services.verify.challenges.domain import (
    CHECKS_A_CODE,
    CHECKS_A_DAY,
    DAY,
    HOUR,
    LIFETIME,
    CodeKeys,
    Content,
    Limits,
    cooldown_after,
    mobile_of,
    new_code,
    refuse_sending,
    same_hash,
)
from services.verify.challenges.repository import Found
from services.verify.errors import ResendTooEarly, SendingCapped, VerificationExhausted, VerificationFailed
from services.verify.evidence.domain import Proof
from services.verify.evidence.service import record_proof
from services.verify.holders.domain import Holder
from services.verify.holders.service import Holders
from services.verify.senders.port import CodeMessage, Locale, NotSent, Sender
from services.verify.senders.texts import write_text

KEPT: Final = {
    "challenge": timedelta(days=30),
    "code_checks": 2 * DAY,
    "number_checks": 2 * DAY,
    "sending": DAY + HOUR,
}
"""How long rows outlive their use."""

SWEEP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Verifications:
    """What the use cases stand on."""

    store: StoreTables
    holders: Holders
    sender: Sender
    keys: CodeKeys
    limits: Limits
    clock: Callable[[], datetime]


class Recipient(NamedTuple):
    """A number that may be sent a code, and whose it is."""

    number: str
    holder: Holder


class Checked(NamedTuple):
    """A counted check: of which id, and what is pending under it where the client has such a verification."""

    challenge_id: str
    found: Found | None = None
    content: Content | None = None
    compared: bool = False
    """False where the budget of the code or of its number was used up before: nothing may be compared."""
    last: bool = False
    """Nothing is left to compare after this check: a pending verification ends with it."""


async def find_recipient(
    desk: Verifications, *, phone: str | None, subject: str | None, purpose: str
) -> Recipient:
    """Whom to send a code. Outside any transaction: it asks ingest and waits for the view of consents.

    Raises InvalidInput where the number is no Vietnamese mobile, ConsentMissing, ConsentUnknown, NotFound, Gone
    or Unavailable.
    """
    if subject is not None:
        await desk.holders.permit(subject, purpose)  # before the number leaves the vault
        stored = await desk.holders.number_of(subject, purpose)
        return Recipient(_mobile(stored or "", "/subject_id"), Holder(subject))
    number = _mobile(phone or "", "/phone")
    holder = await desk.holders.holder_of(number)
    if holder.subject is not None:
        await desk.holders.permit(holder.subject, purpose)
    return Recipient(number, holder)


async def open_challenge(
    tx: AsyncConnection,
    desk: Verifications,
    recipient: Recipient,
    *,
    client_id: str,
    channel: str,
    locale: str,
    purpose: str,
) -> Found:
    """A new pending verification, its first sending counted; send it once the transaction is committed.

    Raises SendingCapped, or Gone where the person was erased meanwhile.
    """
    now, number, challenge_id = desk.clock(), recipient.number, new_id()
    await refuse_erased(tx, desk, recipient.holder.subject)
    chosen = desk.sender.channel_for(channel)
    content = Content(number, new_code(), recipient.holder.blind_index)
    row = Found(
        id=challenge_id,
        client_id=client_id,
        subject=recipient.holder.subject,
        purpose=purpose,
        channel=chosen,
        locale=locale,
        number_key=desk.keys.number_key(number),
        sealed=desk.keys.close(challenge_id, content),
        code_hash=desk.keys.code_hash(challenge_id, number, purpose, content.code),
        status="pending",
        sends=1,
        created_at=now,
        expires_at=now + LIFETIME,
        next_resend_at=now + cooldown_after(1),
    )
    await _count_sending(tx, desk, row, now)
    await repository.add_challenge(tx, row)
    return row


async def reopen_sending(
    tx: AsyncConnection, desk: Verifications, client_id: str, challenge_id: str
) -> Found:
    """The verification with another sending of its *same* code counted; its life is not extended.

    Raises VerificationFailed where the client has no such pending one, ResendTooEarly or SendingCapped.
    """
    now = desk.clock()
    found = await repository.find_pending(tx, client_id, challenge_id, now, lock=True)
    if found is None:
        raise VerificationFailed
    if now < found.next_resend_at:
        raise ResendTooEarly(headers=_retry_after(found.next_resend_at - now))
    await refuse_erased(tx, desk, found.subject)
    await _count_sending(tx, desk, found, now)
    sends = found.sends + 1
    again = found._replace(sends=sends, next_resend_at=now + cooldown_after(sends))
    await repository.note_resend(tx, found.id, sends, again.next_resend_at)
    return again


async def send_code(desk: Verifications, row: Found) -> None:
    """Hand the code of a committed verification to the sender.

    Raises Unavailable where it did not take it, VerificationFailed where the seal cannot be opened any more.
    """
    content = desk.keys.open(row.id, row.sealed)
    if content is None:  # the key was lost: no check could succeed either
        raise VerificationFailed
    channel = desk.sender.channel_for(row.channel)
    locale: Locale = "en" if row.locale == "en" else "vi"
    text = write_text(channel, locale, content.code, row.expires_at)
    message = CodeMessage(
        row.id, row.sends, content.number, channel, locale, text, content.code, desk.clock()
    )
    try:
        await desk.sender.send(message)
    except NotSent as error:
        raise Unavailable("The code could not be sent; it was counted as sent.") from error


async def count_check(tx: AsyncConnection, desk: Verifications, client_id: str, challenge_id: str) -> Checked:
    """Count a check by id and by number. Commit before comparing, whatever this returns.

    An unknown id takes the same path under a number of its own, so that it answers alike.
    """
    now = desk.clock()
    nth = await repository.count_code_check(tx, client_id, challenge_id, now)
    if nth > CHECKS_A_CODE:
        return Checked(challenge_id)
    found = await repository.find_pending(tx, client_id, challenge_id, now)
    number_key = found.number_key if found else desk.keys.number_key(challenge_id)
    today = await repository.count_number_check(tx, number_key, now)
    if today > CHECKS_A_DAY:
        return Checked(challenge_id, last=True)
    content = desk.keys.open(found.id, found.sealed) if found else None
    last = nth == CHECKS_A_CODE or today == CHECKS_A_DAY
    return Checked(challenge_id, found, content, compared=True, last=last)


def proves(desk: Verifications, checked: Checked, code: str) -> bool:
    """Whether `code` is the one that was sent, in constant time; an unknown verification costs the same hash."""
    if checked.found is None or checked.content is None:
        desk.keys.code_hash("", "", "", code)
        return False
    found = checked.found
    given = desk.keys.code_hash(found.id, checked.content.number, found.purpose, code)
    return same_hash(given, found.code_hash or b"")


async def use_code(tx: AsyncConnection, desk: Verifications, checked: Checked) -> Proof:
    """Use up a code that proves possession: evidence, event and the end of the code are one transaction.

    Raises VerificationFailed where another check was first, the time is over, or the person was erased.
    """
    now, found, content = desk.clock(), checked.found, checked.content
    if found is None or content is None:
        raise VerificationFailed
    if found.subject and await desk.holders.erased(tx, found.subject):
        raise VerificationFailed
    if not await repository.end_challenge(tx, found.client_id, found.id, "verified", now):
        raise VerificationFailed
    proof = Proof(
        id=new_id(),
        verification_id=found.id,
        client_id=found.client_id,
        subject=found.subject,
        blind_index=content.blind_index,
        method=found.channel,
        purpose=found.purpose,
        number_hash=desk.keys.receipt_hash(found.client_id, content.number),
        verified_at=now,
    )
    await record_proof(tx, desk.store, proof)
    return proof


async def end_challenge(
    tx: AsyncConnection, desk: Verifications, client_id: str, challenge_id: str, status: str
) -> None:
    """End the client's verification without proof (`exhausted`, `unsent`); its code and number are destroyed.

    Changes nothing where it is not pending.
    """
    await repository.end_challenge(tx, client_id, challenge_id, status, desk.clock())


async def refuse_erased(tx: AsyncConnection, desk: Verifications, subject: str | None) -> None:
    """Raises Gone where the person is erased, as this transaction sees it."""
    if subject is not None and await desk.holders.erased(tx, subject):
        raise Gone


async def _count_sending(tx: AsyncConnection, desk: Verifications, row: Found, now: datetime) -> None:
    await repository.take_turn(tx)
    channel = desk.sender.channel_for(row.channel)
    price = desk.sender.price_vnd(channel)
    sent = await repository.sent_before(tx, row.number_key, row.client_id, now)
    refusal = refuse_sending(sent, price, desk.limits, now)
    if refusal:
        raise SendingCapped(refusal.detail, headers=_retry_after(refusal.wait))
    counted = {"id": new_id(), "number_key": row.number_key, "client_id": row.client_id, "at": now}
    await repository.count_sending(tx, {**counted, "channel": channel, "price_vnd": price})


def refusal_of(checked: Checked) -> Fault:
    """What a check that proved nothing is answered."""
    if checked.compared:
        return VerificationFailed()
    return VerificationExhausted("Start a new verification; a number has 15 checks a day.")


async def sweep(database: Database, clock: Callable[[], datetime]) -> None:
    """End what is past its time (its code and number are destroyed) and delete counters that count no more."""
    now = clock()
    async with database.snapshot() as connection:
        due = await repository.anything_due(connection, now, KEPT)
    if due:  # an idle service writes nothing
        async with database.transaction() as tx:
            await repository.expire(tx, now)
            await repository.forget(tx, now, KEPT)


async def sweep_for_ever(database: Database, clock: Callable[[], datetime]) -> None:
    """`sweep` every few seconds: a pending verification outlives its five minutes by no more than that."""
    while True:
        await sweep(database, clock)
        await asyncio.sleep(SWEEP_S)


def _mobile(raw: str, pointer: str) -> str:
    number = mobile_of(raw)
    if number is None:
        errors = [FieldError(pointer, "Not a Vietnamese mobile number; no other is sent a code.")]
        raise InvalidInput("The number cannot be sent a code.", errors=errors)
    return number


def _retry_after(wait: timedelta) -> dict[str, str]:
    return {"Retry-After": str(max(1, -int(-wait.total_seconds() // 1)))}
