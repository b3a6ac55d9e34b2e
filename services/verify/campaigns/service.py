"""Running campaigns: one line after the other is opened, with its send record, in one transaction, then sent."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final

from kernel.errors import Conflict, ConsentMissing, ConsentUnknown, Gone, InvalidInput, NotFound, Unavailable
from kernel.ids import new_id
from kernel.store.engine import Database
from services.verify.campaigns import repository
from services.verify.campaigns.domain import (
    BEHIND,
    LIFE,
    MAY_TAKE,
    Hours,
    allowed_hours,
    gap_of,
    hours_of,
    may_send,
)
from services.verify.campaigns.inviting import OverBudget, invite_next, rest
from services.verify.challenges import service as challenges
from services.verify.challenges.domain import Content
from services.verify.challenges.proofs import ends_of
from services.verify.challenges.service import Asked, Recipient, Verifications
from services.verify.contacts.service import mind_number
from services.verify.errors import ContactRefused, SendingCapped

TICK_S: Final = 1.0
A_TICK: Final = 20
"""Lines opened at most before other campaigns get their turn."""
_ACTS: Final = {"pause": (("running",), "paused"), "resume": (("paused",), "running")}
_PAGE: Final = 1_000


def new_campaign(
    desk: Verifications, client_id: str, wish: dict[str, Any], recipients: Sequence[Content]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Rows of a campaign over `recipients`: number or subject, which of both (`code`), and a link where it invites.

    Raises InvalidInput.
    """
    now, campaign_id = desk.clock(), new_id()
    hours: Hours = allowed_hours(hours_of(wish["hours"]), wish["channel"])
    if hours.begin >= hours.end:
        raise InvalidInput("The channel may not be used in these hours.")
    row = {
        **wish,
        "hours": f"{hours.begin:%H:%M}-{hours.end:%H:%M}",
        "id": campaign_id,
        "client_id": client_id,
        "spent_vnd": 0,
        "total": len(recipients),
        "state": "running",
        "created_at": now,
        "next_at": now,
        "ends_at": now + LIFE,
    }
    items = [
        {
            "campaign_id": campaign_id,
            "position": position,
            "sealed": desk.keys.close(f"{campaign_id}:{position}", content),
            "state": "waiting",
        }
        for position, content in enumerate(recipients, start=1)
    ]
    return row, items


async def act_on(database: Database, desk: Verifications, client_id: str, campaign_id: str, act: str) -> None:
    """pause, resume or cancel. Raises NotFound, or Conflict where its state does not allow it."""
    now = desk.clock()
    async with database.transaction() as tx:
        if await repository.find_campaign(tx, campaign_id, client_id) is None:
            raise NotFound("There is no such campaign.")
        if act == "cancel":
            moved = await repository.move_campaign(tx, campaign_id, ("running", "paused"), state="canceled")
            await repository.give_up(tx, campaign_id, "canceled", now)
        else:
            among, state = _ACTS[act]
            moved = await repository.move_campaign(tx, campaign_id, among, state=state, next_at=now)
        if not moved:
            raise Conflict("The campaign's state does not allow this.")


async def run_for_ever(database: Database, desk: Verifications) -> None:
    """`run` every second."""
    while True:
        await run(database, desk)
        await asyncio.sleep(TICK_S)


async def run(database: Database, desk: Verifications) -> None:
    """Send what is due of every running campaign, and note what became of what was sent."""
    async with database.snapshot() as connection:
        rows = await repository.running(connection)
    for row in rows:
        await _send_due(database, desk, row)
        await _settle(database, desk, row)


async def results(database: Database, campaign_id: str) -> AsyncIterator[bytes]:
    """The result file: CSV by the line's place in the list; it holds no number."""
    yield b"row,status,reason,delivery,verification_id,at\n"
    after = 0
    while True:
        async with database.snapshot() as connection:
            rows = await repository.list_items(connection, campaign_id, after, _PAGE)
        if not rows:
            return
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for row in rows:
            at = row.changed_at.isoformat() if row.changed_at else ""
            writer.writerow(
                [row.position, row.state, row.reason or "", row.delivery or "", row.verification_id or "", at]
            )
        yield text.getvalue().encode()
        after = rows[-1].position


async def _send_due(database: Database, desk: Verifications, row: Any) -> None:
    now, hours = desk.clock(), hours_of(row.hours)
    if now >= row.ends_at:
        async with database.transaction() as tx:
            await repository.give_up(tx, row.id, "too-late", now)
        return
    if not may_send(hours, now):
        return
    step = invite_next if row.channel == "email" else _open_next
    for _ in range(A_TICK):
        if not await step(database, desk, row):
            return


async def _open_next(database: Database, desk: Verifications, row: Any) -> bool:
    """Open and send the next line; False where the campaign rests until a later tick."""
    async with database.snapshot() as connection:
        line = await repository.next_item(connection, row.id)
    if line is None:
        return False
    try:
        recipient = await _recipient(desk, row, line)
        async with database.snapshot() as connection:
            await mind_number(connection, desk.keys.number_key(recipient.number))
        await challenges.measure(database, desk)
        await _open(database, desk, row, line, recipient)
        return True
    except (ConsentMissing, ContactRefused, Gone, NotFound, InvalidInput) as refusal:
        async with database.transaction() as tx:
            await repository.take_item(
                tx, row.id, line.position, "refused", desk.clock(), reason=refusal.code
            )
        return True
    except SendingCapped as capped:
        wait = timedelta(seconds=int(capped.headers.get("Retry-After", "60")))
        await rest(database, desk, row, min(wait, timedelta(minutes=10)))
    except (ConsentUnknown, Unavailable):
        await rest(database, desk, row, timedelta(seconds=10))
    except OverBudget:
        async with database.transaction() as tx:
            await repository.move_campaign(tx, row.id, ("running",), state="paused", reason="budget")
    except Conflict:
        pass  # it is not yet time, or whoever was first goes on
    return False


async def _open(database: Database, desk: Verifications, row: Any, line: Any, recipient: Recipient) -> None:
    """Raises Conflict where the pace forbids it now, or another process was first; OverBudget, SendingCapped."""
    now = desk.clock()
    async with challenges.watched(database, desk, row.client_id) as tx:
        known = await repository.lock_campaign(tx, row.id)
        if known is None or known.next_at > now:
            raise Conflict
        asked = Asked(row.client_id, row.purpose, row.channel, row.locale)
        opened = await challenges.open_challenge(tx, desk, recipient, asked)
        price = opened.sending.price_vnd if opened.sending else 0
        blocked = opened.row.status == "blocked"
        spent = known.spent_vnd + price
        if spent > row.budget_vnd:
            raise OverBudget  # nothing of this line stays
        taken = await repository.take_item(
            tx,
            row.id,
            line.position,
            "refused" if blocked else "sent",
            now,
            subject=recipient.holder.subject,
            verification_id=opened.row.id,
            reason="sending-blocked" if blocked else None,
        )
        due = max(known.next_at, now - BEHIND)
        going_on = {"spent_vnd": spent, "next_at": due + gap_of(row.pace)}
        if not (taken and await repository.move_campaign(tx, row.id, ("running",), **going_on)):
            raise Conflict  # another process has this line, or it was paused
    if not blocked:
        await challenges.deliver(database, desk, opened)


async def _recipient(desk: Verifications, row: Any, line: Any) -> Recipient:
    content = desk.keys.open(f"{row.id}:{line.position}", line.sealed)
    if content is None:
        raise NotFound("The number's key was lost.")
    kind, value = content.code, content.number
    phone, subject = (None, value) if kind == "subject" else (value, None)
    return await challenges.find_recipient(desk, phone=phone, subject=subject, purpose=row.purpose)


async def _settle(database: Database, desk: Verifications, row: Any) -> None:
    """Note the ends of verifications; a campaign without lines that wait or run is done."""
    now = desk.clock()
    async with database.snapshot() as connection:
        sent = await repository.sent_items(connection, row.id)
        ended = await ends_of(connection, list(sent), now)
    if ended:
        async with database.transaction() as tx:
            for verification_id, (status, delivery) in ended.items():
                await repository.settle_item(tx, row.id, sent[verification_id], status, delivery, now)
    async with database.transaction() as tx:
        await repository.give_up_handed(tx, row.id, now - MAY_TAKE)
        states = await repository.count_items(tx, row.id)
        if not any(map(states.get, ("waiting", "sent", "handed"))):
            await repository.move_campaign(tx, row.id, ("running",), state="done")
