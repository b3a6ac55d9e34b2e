"""Starting a verification, sending its code again, ending it: caps and guard are judged before anything is sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Conflict, FieldError, Gone, InvalidInput, NotFound, Unavailable
from kernel.ids import new_id
from kernel.store.engine import Database
from services.verify.challenges import records, repository
from services.verify.challenges.domain import (
    LIFETIME,
    Content,
    cooldown_after,
    mobile_of,
    new_code,
    new_word,
    prefix_of,
    refuse_sending,
)
from services.verify.challenges.ladder import Measured, order_ladder, steps, written
from services.verify.challenges.repository import Found, Sending
from services.verify.challenges.service.desk import Asked, Opened, Recipient, Verifications
from services.verify.errors import ResendTooEarly, SendingCapped, VerificationFailed
from services.verify.evidence.domain import Finding
from services.verify.evidence.service import record_findings
from services.verify.fraud.domain import doubts_of
from services.verify.fraud.service import raise_alerts, raise_cap
from services.verify.holders.domain import Holder
from services.verify.senders.meters import sending_metrics
from services.verify.senders.port import Channel

_MEASURED_FOR = timedelta(minutes=1)


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


async def key_of_number(desk: Verifications, phone: str, purpose: str) -> bytes:
    """A number as evidence knows it, where its holder allows the question; raises as `find_recipient` does."""
    recipient = await find_recipient(desk, phone=phone, subject=None, purpose=purpose)
    return desk.keys.number_key(recipient.number)


@asynccontextmanager
async def watched(database: Database, desk: Verifications, client_id: str) -> AsyncIterator[AsyncConnection]:
    """A transaction in which sendings are judged: a cap that refuses one is told in an alert, then raised on."""
    try:
        async with database.transaction() as tx:
            yield tx
    except SendingCapped as refusal:
        async with database.transaction() as tx:
            scope = client_id if refusal.cap == "client" else ""
            await raise_cap(tx, refusal.cap, scope, desk.clock())
        raise


async def measure(database: Database, desk: Verifications) -> None:
    """Measure the channels' conversion anew, once a minute at most."""
    known, now = desk.conversions, desk.clock()
    if known.at is None or now - known.at > _MEASURED_FOR or now < known.at:
        async with database.snapshot() as connection:
            known.channels = await records.measured_channels(connection, now)
        known.at = now


async def open_challenge(
    tx: AsyncConnection, desk: Verifications, recipient: Recipient, asked: Asked
) -> Opened:
    """A new pending verification with its send record; deliver it once the transaction is committed.

    Where the guard enforces and a blocking rule holds, its row says `blocked`, and nothing is sent. Raises
    SendingCapped, Gone where the person was erased meanwhile, Unavailable where no carrier serves the channel.
    """
    now, number = desk.clock(), recipient.number
    await refuse_erased(tx, desk, recipient.holder.subject)
    test = desk.test_numbers.get(number)
    fixed = test.code if test and now.date() < test.until else None
    secret = new_word() if asked.method == "reverse" else fixed or new_code(asked.risk)
    ladder = _ladder(desk, asked)
    row = _new_row(desk, recipient, asked, secret, ladder, now)
    if asked.method == "reverse":
        await repository.add_challenge(tx, row)
        sending_metrics().verifications.labels("started").inc()
        return Opened(row, None, [], word=secret)
    sending = _record(desk, row, number, asked, now)
    await _count(tx, desk, sending, now)
    doubts = doubts_of(await records.traffic_around(tx, sending, number, now), desk.thresholds)
    await raise_alerts(tx, doubts, desk.enforce, now)
    if desk.enforce and any(doubt.blocks for doubt in doubts):
        row = row._replace(status="blocked", sealed=None, code_hash=None, ended_at=now)
        await repository.add_challenge(tx, row)
        sending_metrics().verifications.labels("blocked").inc()
        return Opened(row, None, doubts)
    if fixed:  # a reviewer knows the code: nothing is sent, nothing is spent
        sending = sending._replace(state="delivered", price_vnd=0, provider="test")
    await repository.add_challenge(tx, row)
    await records.add_sending(tx, sending)
    await _note_format(tx, desk, row, now)
    sending_metrics().verifications.labels("started").inc()
    return Opened(row, sending, doubts)


async def reopen_sending(
    tx: AsyncConnection, desk: Verifications, client_id: str, challenge_id: str
) -> Opened:
    """The verification with another send record of its *same* code; its life is not extended.

    Raises VerificationFailed where the client has no such pending one, ResendTooEarly or SendingCapped.
    """
    now = desk.clock()
    found = await repository.find_pending(tx, client_id, challenge_id, now, lock=True)
    if found is None or found.method != "code":
        raise VerificationFailed
    if now < found.next_resend_at:
        raise ResendTooEarly(headers=_retry_after(found.next_resend_at - now))
    await refuse_erased(tx, desk, found.subject)
    return await send_again(tx, desk, found, found.channel, found.ladder, now)


async def send_again(
    tx: AsyncConnection, desk: Verifications, found: Found, channel: str, ladder: str, now: datetime
) -> Opened:
    """A send record for the next sending of a pending code on `channel`. Raises SendingCapped or Unavailable."""
    sends = found.sends + 1
    again = found._replace(
        sends=sends, next_resend_at=now + cooldown_after(sends), channel=channel, ladder=ladder
    )
    before = await records.last_sending(tx, found.id)
    if before is None or before.provider == "test":
        raise VerificationFailed
    sending = before._replace(
        id=new_id(),
        channel=channel,
        price_vnd=_price(desk, channel),
        at=now,
        attempt=sends,
        state="due",
        provider="",
        changed_at=now,
        reference=None,
    )
    await _count(tx, desk, sending, now)
    await records.add_sending(tx, sending)
    await repository.note_resend(tx, found.id, sends, again.next_resend_at, channel, ladder)
    return Opened(again, sending, [])


async def end_challenge(
    tx: AsyncConnection, desk: Verifications, client_id: str, challenge_id: str, status: str
) -> bool:
    """End the client's verification without proof (`exhausted`, `delivery_failed`); code and number are destroyed.

    False, and nothing changed, where it is not pending.
    """
    ended = await repository.end_challenge(tx, client_id, challenge_id, status, desk.clock())
    if ended:
        sending_metrics().verifications.labels(status).inc()
    return ended


async def cancel_challenge(
    tx: AsyncConnection, desk: Verifications, client_id: str, challenge_id: str
) -> Found:
    """End a pending verification on its client's wish. Raises NotFound, or Conflict where it has ended already."""
    found = await repository.find_any(tx, challenge_id, client_id)
    if found is None:
        raise NotFound("There is no such verification.")
    if not await end_challenge(tx, desk, client_id, challenge_id, "canceled"):
        raise Conflict("The verification has ended already.")
    return found._replace(status="canceled")


async def refuse_erased(tx: AsyncConnection, desk: Verifications, subject: str | None) -> None:
    """Raises Gone where the person is erased, as this transaction sees it."""
    if subject is not None and await desk.holders.erased(tx, subject):
        raise Gone


def _ladder(desk: Verifications, asked: Asked) -> list[Channel]:
    """The channels to try. Raises Unavailable where no carrier serves any."""
    if asked.method == "reverse":
        return []
    prices = {channel: _price(desk, channel) for channel in desk.carriers.channels()}
    nothing: dict[str, Measured] = {}
    ladder = order_ladder(prices, desk.conversions.channels or nothing, asked.channel)
    if not ladder:
        raise Unavailable("No carrier serves this channel now.", headers={"Retry-After": "30"})
    return ladder


def _price(desk: Verifications, channel: str) -> int:
    carrier = desk.carriers.carrier_of(channel)
    if carrier is None:
        raise Unavailable("No carrier serves this channel now.", headers={"Retry-After": "30"})
    return carrier.price_vnd(channel)  # type: ignore[arg-type]  # a carrier serves channels only


def _new_row(
    desk: Verifications, recipient: Recipient, asked: Asked, secret: str, ladder: list[Channel], now: datetime
) -> Found:
    challenge_id = new_id()
    number = recipient.number
    return Found(
        id=challenge_id,
        client_id=asked.client_id,
        subject=recipient.holder.subject,
        purpose=asked.purpose,
        channel=ladder[0] if ladder else "sms" if asked.channel == "auto" else asked.channel,
        locale=asked.locale,
        number_key=desk.keys.number_key(number),
        sealed=desk.keys.close(challenge_id, Content(number, secret, recipient.holder.blind_index)),
        code_hash=desk.keys.code_hash(challenge_id, number, asked.purpose, secret),
        status="pending",
        sends=1,
        created_at=now,
        expires_at=now + LIFETIME,
        next_resend_at=now + cooldown_after(1),
        method=asked.method,
        ladder=written(ladder[1:]),
        collector=asked.collector,
    )


def _record(desk: Verifications, row: Found, number: str, asked: Asked, now: datetime) -> Sending:
    return Sending(
        id=new_id(),
        number_key=row.number_key,
        client_id=row.client_id,
        channel=row.channel,
        price_vnd=_price(desk, row.channel),
        at=now,
        challenge_id=row.id,
        attempt=1,
        state="due",
        provider="",
        changed_at=now,
        prefix=prefix_of(number),
        block=desk.keys.block_key(number),
        ip_key=desk.keys.context_key("ip", asked.ip),
        device_key=desk.keys.context_key("device", asked.device),
        collector=asked.collector,
    )


async def _count(tx: AsyncConnection, desk: Verifications, sending: Sending, now: datetime) -> None:
    """Raises SendingCapped where a cap forbids `sending`; one sending after the other is judged."""
    await repository.take_turn(tx)
    sent = await records.sent_before(tx, sending, now)
    refusal = refuse_sending(sent, sending.price_vnd, desk.limits, now)
    if refusal:
        raise SendingCapped(refusal.detail, cap=refusal.cap, headers=_retry_after(refusal.wait))


async def _note_format(tx: AsyncConnection, desk: Verifications, row: Found, now: datetime) -> None:
    """What starting already shows: the number is one of the plan, and its known holder consents."""
    seen = [Finding("format", True, now, "plan", row.client_id, row.subject)]
    if row.subject and row.purpose != "legal":
        seen.append(Finding("consent", True, now, "ledger", row.client_id, row.subject))
    await record_findings(tx, row.number_key, seen)


def left_after(ladder: str) -> tuple[str, str] | None:
    """The next channel and what is left after it; None where none is."""
    left = steps(ladder)
    return (left[0], written(left[1:])) if left else None


def _mobile(raw: str, pointer: str) -> str:
    number = mobile_of(raw)
    if number is None:
        errors = [FieldError(pointer, "Not a Vietnamese mobile number; no other is sent a code.")]
        raise InvalidInput("The number cannot be sent a code.", errors=errors)
    return number


def _retry_after(wait: timedelta) -> dict[str, str]:
    return {"Retry-After": str(max(1, -int(-wait.total_seconds() // 1)))}
