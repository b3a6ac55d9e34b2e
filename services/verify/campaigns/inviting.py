"""Invitations of a campaign: each letter is taken up, durably, before it is handed to the mail server: at most once."""

from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from kernel.errors import Conflict, ConsentMissing, ConsentUnknown, Gone, NotFound, Unavailable
from kernel.store.engine import Database
from services.verify.campaigns import repository
from services.verify.campaigns.domain import BEHIND, gap_of
from services.verify.challenges.service import Verifications
from services.verify.contacts.service import Stop, mind_invitation, note_invited, stop_token, unnote_invited
from services.verify.errors import ContactRefused
from services.verify.senders.letters import write_letter
from services.verify.senders.port import Invitation, Locale, NotSent, Unclear

REST: Final = timedelta(minutes=1)
"""How long a campaign rests where the mail server takes nothing."""


class OverBudget(Exception):
    """The next message would cost more than is left."""


class _Letter(NamedTuple):
    """Whom a line invites, and where the link leads."""

    subject: str
    address: str
    link: str


async def invite_next(database: Database, desk: Verifications, row: Any) -> bool:
    """Invite the next line; False where the campaign rests until a later tick."""
    async with database.snapshot() as connection:
        line = await repository.next_item(connection, row.id)
    if line is None:
        return False
    try:
        letter = await _letter(desk, row, line)
        await _take_up(database, desk, row, line, letter)
    except (ConsentMissing, ContactRefused, Gone, NotFound) as refusal:
        reason = refusal.reason if isinstance(refusal, ContactRefused) else refusal.code
        async with database.transaction() as tx:
            await repository.take_item(tx, row.id, line.position, "refused", desk.clock(), reason=reason)
        return True
    except (ConsentUnknown, Unavailable):
        await rest(database, desk, row, timedelta(seconds=10))
        return False
    except OverBudget:
        async with database.transaction() as tx:
            await repository.move_campaign(tx, row.id, ("running",), state="paused", reason="budget")
        return False
    except Conflict:
        return False  # it is not yet time, or whoever was first goes on
    return await _hand_over(database, desk, row, line, letter)


async def rest(database: Database, desk: Verifications, row: Any, wait: timedelta) -> None:
    """Leave a running campaign alone for a while."""
    async with database.transaction() as tx:
        await repository.move_campaign(tx, row.id, ("running",), next_at=desk.clock() + wait)


async def _letter(desk: Verifications, row: Any, line: Any) -> _Letter:
    """Raises ConsentMissing, ConsentUnknown, Gone, NotFound (no address, or its key was lost) or Unavailable."""
    content = desk.keys.open(f"{row.id}:{line.position}", line.sealed)
    if content is None or content.link is None:
        raise NotFound("The line's key was lost.")
    await desk.holders.permit_invitation(content.number)
    address = await desk.holders.email_of(content.number)
    if address is None:
        raise NotFound("The person has no email address.")
    return _Letter(content.number, address, content.link)


async def _take_up(database: Database, desk: Verifications, row: Any, line: Any, letter: _Letter) -> None:
    """Commit that this process sends the line. Raises Conflict, ContactRefused or OverBudget."""
    now, key = desk.clock(), desk.keys.address_key(letter.address)
    price = desk.post.price_vnd if desk.post else 0
    async with database.transaction() as tx:
        known = await repository.lock_campaign(tx, row.id)
        if known is None or known.next_at > now:
            raise Conflict
        if known.spent_vnd + price > row.budget_vnd:
            raise OverBudget
        await mind_invitation(tx, key, now)
        await note_invited(tx, key, letter.subject, now)
        taken = await repository.take_item(tx, row.id, line.position, "handed", now, subject=letter.subject)
        due = max(known.next_at, now - BEHIND)
        going_on = {"spent_vnd": known.spent_vnd + price, "next_at": due + gap_of(row.pace)}
        if not (taken and await repository.move_campaign(tx, row.id, ("running",), **going_on)):
            raise Conflict


async def _hand_over(database: Database, desk: Verifications, row: Any, line: Any, letter: _Letter) -> bool:
    """Send a line that was taken up; False where the mail server takes nothing now, and the line waits again."""
    state, reason = "invited", None
    try:
        if desk.post is None:
            raise NotSent("unreachable")
        await desk.post.inviter.invite(_invitation(desk, row, line, letter))
    except NotSent as refusal:
        if not refusal.of_message:
            await _put_back(database, desk, row, line, letter)
            return False
        state, reason = "delivery_failed", refusal.reason
    except ValueError:
        state, reason = "delivery_failed", "address"
    except Unclear:
        state = "unknown"
    async with database.transaction() as tx:
        await repository.settle_item(
            tx, row.id, line.position, state, None, desk.clock(), reason=reason, among=("handed",)
        )
    return True


async def _put_back(database: Database, desk: Verifications, row: Any, line: Any, letter: _Letter) -> None:
    price = desk.post.price_vnd if desk.post else 0
    async with database.transaction() as tx:
        known = await repository.lock_campaign(tx, row.id)
        await repository.put_back(tx, row.id, line.position, line.sealed)
        await unnote_invited(tx, desk.keys.address_key(letter.address))
        if known is not None:
            resting = {"spent_vnd": known.spent_vnd - price, "next_at": desk.clock() + REST}
            await repository.move_campaign(tx, row.id, ("running",), **resting)


def _invitation(desk: Verifications, row: Any, line: Any, letter: _Letter) -> Invitation:
    post, locale = desk.post, _locale(row.locale)
    parts = urlsplit(letter.link)
    stop = stop_token(desk.keys.seal, Stop(desk.keys.address_key(letter.address), letter.subject))
    stop_link = f"{parts.scheme}://{parts.netloc}/stop/{stop}?lang={locale}"
    subject, text = write_letter(
        locale,
        post.texts if post else {},
        business=post.business if post else "",
        link=f"{letter.link}?lang={locale}",
        stop=stop_link,
    )
    return Invitation(f"{row.id}.{line.position}", letter.address, locale, subject, text, stop_link)


def _locale(written: str) -> Locale:
    return "en" if written == "en" else "vi"
