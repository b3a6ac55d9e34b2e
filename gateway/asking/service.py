"""Use cases of asking: make links for the people of an import, show one, take its answer."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.asking import repository
from gateway.asking.domain import (
    CONTACT,
    METHOD,
    hash_of,
    may_be_asked,
    national,
    new_token,
    purposes_to_ask,
)
from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.consent import repository as ledger
from gateway.consent import service as consents
from gateway.consent.domain import Act, micros, proof_hash
from gateway.errors import NoticeUnknown
from gateway.parts import Parts
from gateway.policy import service as policy
from kernel.errors import ConsentMissing, FieldError, Gone, InvalidInput, NotFound, Unavailable
from kernel.ids import new_id
from kernel.spreadsheets import csv_lines
from kernel.web.internal import HEADER, Caller
from kernel.web.upstream import call

SELF = "data-subject"
"""Who acts, in the audit, where a person answers their own link."""


class Person(msgspec.Struct, frozen=True):
    """Somebody whom an import brought a record of, and the row that it is of."""

    row: int
    subject_id: str


class _People(msgspec.Struct, frozen=True):
    items: list[Person]
    next: int | None


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked: under which notice, for what, how long the links are good."""

    notice: Any
    purposes: Sequence[str]
    expires_at: datetime


async def prepare(
    parts: Parts, key: str, version: int | None, wanted: Sequence[str] | None, days: int
) -> Asking:
    """What will be asked. Raises NoticeUnknown, InvalidInput where the notice has nothing to ask for."""
    async with parts.database.snapshot() as connection:
        notice = await ledger.find_notice(
            connection, key, version or await ledger.newest_version(connection, key)
        )
    if notice is None:
        raise NoticeUnknown(f"There is no such version of the notice {key}.")
    purposes = purposes_to_ask(notice.purposes, wanted)
    if not purposes or (wanted is not None and not set(wanted) <= set(purposes)):
        error = FieldError("/purposes", "Purposes of the notice, other than service and legal.")
        raise InvalidInput("There is nothing to ask for.", errors=[error])
    return Asking(notice, purposes, datetime.now(UTC) + timedelta(days=days))


async def first_people(parts: Parts, import_id: str) -> _People:
    """The first people of an import. Raises NotFound, Unavailable."""
    return await _people(parts, import_id, 0)


async def links(
    parts: Parts, caller: Caller, import_id: str, people: _People, asking: Asking
) -> AsyncIterator[str]:
    """CSV, a line a person: the row of the import's file, how to reach them, and their own link.

    Left out: who is known already, who once said no, and whom the client may not reach for service. Each person's
    contact is disclosed under the policies, and on record before.
    """
    async with parts.database.transaction() as tx:
        await repository.drop_expired(tx, datetime.now(UTC))
    yield csv_lines([("row", *CONTACT, "link", "expires_at")])
    seen: set[str] = set()
    while True:
        for person in people.items:
            if person.subject_id not in seen:
                seen.add(person.subject_id)
                line = await _line(parts, caller, person, asking)
                if line is not None:
                    yield csv_lines([line])
        if people.next is None:
            return
        people = await _people(parts, import_id, people.next)


async def _line(parts: Parts, caller: Caller, person: Person, asking: Asking) -> Sequence[str] | None:
    ask = policy.Ask(caller, person.subject_id, "service", CONTACT)
    try:
        async with parts.database.snapshot() as connection:
            root, origins = await consents.person_of(connection, person.subject_id)
        if not may_be_asked(origins, asking.purposes):
            return None
        decision = await policy.decide_read(parts, ask)
        fields = await policy.disclose(parts.ingest, ask, decision, b"")
    except (ConsentMissing, Gone, NotFound):
        return None
    told = [
        str(fields[name]["value"] or "") if fields[name]["disclosure"] == "clear" else "" for name in CONTACT
    ]
    link = await _new_link(parts, caller, root, asking)
    full_name, phone, email = told
    return (
        str(person.row),
        full_name,
        national(phone),
        email,
        link,
        asking.expires_at.isoformat(timespec="seconds"),
    )


async def personal_link(parts: Parts, caller: Caller, subject: str, asking: Asking) -> str | None:
    """A link for somebody whom we write to ourselves: their contact is disclosed to nobody.

    None for whom `links` would leave out, and for whose address the client may not use.
    """
    ask = policy.Ask(caller, subject, "service", ("email",))
    try:
        async with parts.database.snapshot() as connection:
            root, origins = await consents.person_of(connection, subject)
        if not may_be_asked(origins, asking.purposes):
            return None
        decision = await policy.decide_read(parts, ask)
    except (ConsentMissing, Gone, NotFound):
        return None
    return await _new_link(parts, caller, root, asking) if decision.seen else None


async def _new_link(parts: Parts, caller: Caller, root: str, asking: Asking) -> str:
    token = new_token()
    async with parts.database.transaction() as tx:
        row = {
            "token_hash": hash_of(parts.ask_key, token), "subject": root, "notice": asking.notice.key,
            "notice_version": asking.notice.version, "purposes": list(asking.purposes),
            "client_id": caller.client_id, "created_at": datetime.now(UTC), "expires_at": asking.expires_at,
        }  # fmt: skip
        await repository.add_asks(tx, [row])
    return f"{parts.settings.base_url()}/consent/{token}"


async def find_ask(tx: AsyncConnection, parts: Parts, token: str, *, lock: bool = False) -> Any:
    """The link of `token`. Raises NotFound: unknown and expired links are alike."""
    row = await repository.ask_by_hash(tx, hash_of(parts.ask_key, token), lock=lock)
    if row is None or row.expires_at < datetime.now(UTC):
        raise NotFound("This link is not good any more.")
    return row


async def answer(parts: Parts, token: str, chosen: Sequence[str]) -> Sequence[str]:
    """Record what a person agreed to by their link; the purposes recorded, none where the link was answered before.

    Raises NotFound, Gone (erased).
    """
    now = datetime.now(UTC)
    async with parts.database.transaction() as tx:
        row = await find_ask(tx, parts, token, lock=True)
        purposes = tuple(one for one in row.purposes if one in chosen)
        if row.answered_at is not None or not purposes:
            return ()
        root, _ = await consents.person_of(tx, row.subject)
        act = Act(
            subject=root,
            kind="given",
            purposes=purposes,
            captured_at=micros(now),
            recorded_at=micros(now),
            notice=row.notice,
            notice_version=row.notice_version,
            method=METHOD,
            proof=proof_hash(f"ask|{row.token_hash}|{now.isoformat()}"),
            client_id=row.client_id,
            id=new_id(),
        )
        await consents.give(tx, act, now)
        await repository.mark_answered(tx, row.token_hash, now)
        await record(tx, parts.audit_key, [Entry(SELF, "consent", "allow", " ".join(purposes), root)])
    return purposes


async def _people(parts: Parts, import_id: str, after: int) -> _People:
    app = parts.upstreams.get("ingest")
    if app is None:
        raise Unavailable("The ingest service is not connected.")
    token = parts.internal.mint(Caller("gateway", "service")).encode()
    reply = await call(
        app, "GET", f"/internal/imports/{import_id}/people?after={after}", headers=((HEADER, token),)
    )
    if reply.status == 404:
        raise NotFound("There is no such import.")
    if reply.status != 200:
        raise Unavailable("Ingest does not answer now.")
    return msgspec.json.decode(reply.body, type=_People)
