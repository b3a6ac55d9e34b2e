"""The doors of consent."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.exc import IntegrityError

from gateway.audit.domain import Action, Entry
from gateway.audit.service import record
from gateway.consent import repository, service
from gateway.consent.domain import (
    HERE,
    PURPOSES,
    Act,
    Line,
    Origin,
    capped,
    check_guardian,
    in_force,
    micros,
    moment_of,
    moment_or_none,
    proof_hash,
)
from gateway.consent.notices import publish_notice as publish_version
from gateway.consent.receipts import RECEIPT, receipt_of
from gateway.consent.schemas import (
    ConsentMade,
    ConsentsView,
    NewConsent,
    NewNotice,
    NoticePage,
    NoticeView,
    ReceiptView,
    Withdrawal,
    Withdrawn,
)
from gateway.parts import parts_of, shown_id
from kernel.errors import Conflict, NotFound
from kernel.ids import canonical_id, new_id
from kernel.web.doors import caller_of
from kernel.web.pages import Cursor, Limit, Version, decode_cursor, decode_key, page

router = APIRouter(tags=["consent"])


@router.post("/v1/notices", status_code=201, response_model=NoticeView)
async def publish_notice(request: Request, body: NewNotice) -> dict[str, Any]:
    """A new immutable version of a notice. 409 where another request took the version at the same moment.

    Where it names recipients, a partner that is none of them is denied what people agreed to under it
    (`recipient-not-named`). One that `renews` ends the consents that were given under earlier versions.
    """
    parts, caller = parts_of(request), caller_of(request)
    try:
        async with parts.database.transaction() as tx:
            made = await publish_version(
                tx, body.key, body.purposes, body.text, caller.client_id,
                controller=body.controller.model_dump() if body.controller else None,
                recipients=body.recipients, valid_days=body.valid_days, renews=body.renews,
            )  # fmt: skip
            entry = Entry(caller.client_id, "policy", "allow", f"notice {made['key']} {made['version']}")
            await record(tx, parts.audit_key, [entry])
    except IntegrityError as error:
        raise Conflict("Another version was published at this moment; look at it, and try again.") from error
    parts.notices.forget()
    return made


@router.get("/v1/notices", response_model=NoticePage)
async def list_notices(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """Every version of every notice."""
    async with parts_of(request).database.snapshot() as connection:
        after = decode_cursor(cursor, tuple[str, Version])
        rows = await repository.list_notices(connection, after, limit + 1)
    return page(rows, limit, lambda row: (row.key, row.version), lambda row: row._asdict())


@router.post("/v1/consents", status_code=201, response_model=ConsentMade)
async def give_consent(request: Request, body: NewConsent) -> dict[str, Any]:
    """Record a consent: in force at once. A person not known before is made from usable identifiers (else 422).

    One that was captured before a withdrawal stays ended by it; a proof that was shown before it is refused (409).
    For a child a parent or guardian consents (else 403 `guardian-missing`).
    So is a consent for somebody who proved to hold their phone, where other identifiers name them (`identifier-unproved`).
    """
    parts, caller = parts_of(request), caller_of(request)
    subject = await service.person_meant(
        parts, caller, body.subject_id, body.identifiers, create=True, gives=True
    )
    async with parts.database.transaction() as tx:
        root, _ = await service.person_of(tx, subject)
        if body.guardian is not None:
            turns = datetime.combine(body.guardian.of_age_at, time(), HERE)
            check_guardian(body.purposes, turns, body.captured_at, child_agreed=body.guardian.child_agreed)
            await service.note_child(tx, root, turns)
        act = _act_of(body, root, caller.client_id)
        await service.give(tx, act, body.captured_at)
        await record(tx, parts.audit_key, [_entry(caller.client_id, "consent", act.purposes, root)])
    shown = shown_id(request, act.id)
    return {"id": shown, "subject_id": shown_id(request, root), "receipt": f"/v1/consents/{shown}/receipt"}


@router.post("/v1/consents/withdraw", response_model=Withdrawn)
async def withdraw_consent(request: Request, body: Withdrawal) -> dict[str, Any]:
    """End consent. From this answer on every read for those purposes is denied, whatever proof arrives later.

    A person not known yet may withdraw too: what arrives afterwards and was captured before is ended by it.
    """
    parts, caller = parts_of(request), caller_of(request)
    subject = await service.person_meant(parts, caller, body.subject_id, body.identifiers, create=True)
    async with parts.database.transaction() as tx:
        ended, at = await service.withdraw(tx, subject, body.purposes, caller.client_id)
        await record(tx, parts.audit_key, [_entry(caller.client_id, "withdraw", ended, subject)])
    return {"withdrawn": ended, "effective_at": at}


@router.get("/v1/subjects/{subject_id}/consents", response_model=ConsentsView)
async def read_consents(
    request: Request, subject_id: str, limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """What the person consents to, and the acts behind it; a partner sees the purposes that it may declare."""
    parts, caller = parts_of(request), caller_of(request)
    subject = await service.person_known(parts, canonical_id(subject_id))
    visible = caller.purposes if caller.is_partner else frozenset(PURPOSES)
    async with parts.database.transaction() as tx:
        root, origins = await service.person_of(tx, subject)
        acts = await repository.acts_of(tx, list(origins), decode_key(cursor), limit + 1)
        await record(tx, parts.audit_key, [Entry(caller.client_id, "consent", "allow", "read", root)])
    shown = page(acts, limit, lambda row: row.id, lambda row: _act_view(request, row, visible))
    return {
        "subject_id": shown_id(request, root),
        "restricted": any(origin.restricted for origin in origins.values()),
        "purposes": _purposes(list(origins.values()), visible),
        "items": [item for item in shown["items"] if item["purposes"]],
        "next_cursor": shown["next_cursor"],
    }


@router.get("/v1/consents/{consent_id}/receipt", response_model=ReceiptView)
async def read_receipt(request: Request, consent_id: str) -> dict[str, Any]:
    """The receipt of one act, signed; check it against `/.well-known/jwks.json`.

    A partner reads those that tell of a purpose it may declare.
    """
    parts, caller = parts_of(request), caller_of(request)
    wanted = canonical_id(consent_id)
    async with parts.database.snapshot() as connection:
        act = await repository.act_by_id(connection, wanted) if wanted else None
        if act is None or (caller.is_partner and caller.purposes.isdisjoint(act.purposes.split())):
            raise NotFound("There is no such consent.")
        notice = await repository.find_notice(connection, act.notice or "", act.notice_version or 0)
    receipt = receipt_of(
        act,
        notice,
        receipt_id=shown_id(request, act.id),
        subject=shown_id(request, act.subject),
        controller=parts.settings.controller or parts.settings.base_url(),
        url=f"{parts.settings.base_url()}/privacy",
    )
    return {"receipt": receipt, "jws": parts.signing.sign(RECEIPT, receipt)}


def _act_of(body: NewConsent, subject: str, client_id: str) -> Act:
    now = micros(datetime.now(UTC))
    return Act(
        subject=subject,
        kind="given",
        purposes=tuple(dict.fromkeys(body.purposes)),
        captured_at=capped(body.captured_at, now),
        recorded_at=now,
        notice=body.notice,
        notice_version=body.version,
        method=body.method,
        proof=proof_hash(body.proof),
        client_id=client_id,
        guardian=body.guardian.relation if body.guardian else None,
        id=new_id(),
    )


def _entry(client_id: str, action: Action, purposes: Sequence[str], subject: str) -> Entry:
    return Entry(client_id, action, "allow", " ".join(purposes), subject)


def _purposes(origins: Sequence[Origin], visible: frozenset[str]) -> dict[str, Any]:
    """Restriction denies every purpose, and is told beside them."""
    restricted = any(origin.restricted for origin in origins)
    agreed = frozenset() if restricted else in_force(origins, micros(datetime.now(UTC)))
    names = sorted({purpose for origin in origins for purpose in origin.state} & visible)
    return {
        name: _purpose([origin.state[name] for origin in origins if name in origin.state], name in agreed)
        for name in names
    }


def _purpose(lines: Sequence[Line], in_force: bool) -> dict[str, Any]:
    newest = max(lines, key=lambda line: line.granted_at or 0)
    withdrawn = max((line.withdrawn_at for line in lines if line.withdrawn_at), default=None)
    return {
        "in_force": in_force,
        "granted_at": moment_or_none(newest.granted_at),
        "withdrawn_at": moment_or_none(withdrawn),
        "notice": newest.notice,
        "version": newest.notice_version,
        "expires_at": moment_or_none(newest.expires_at),
    }


def _act_view(request: Request, row: Any, visible: frozenset[str]) -> dict[str, Any]:
    return {
        "id": shown_id(request, row.id),
        "act": row.act,
        "purposes": [purpose for purpose in row.purposes.split() if purpose in visible],
        "notice": row.notice,
        "version": row.notice_version,
        "method": row.method,
        "captured_at": moment_of(row.captured_at),
        "recorded_at": moment_of(row.recorded_at),
        "expires_at": moment_or_none(row.expires_at),
        "guardian": row.guardian,
    }
