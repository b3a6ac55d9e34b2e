"""The doors of consent."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.exc import IntegrityError

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.consent import repository, service
from gateway.consent.domain import Act, Standing, proof_hash
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
from gateway.parts import caller_of, parts_of, shown_id
from kernel.errors import Conflict, Gone, NotFound
from kernel.ids import canonical_id
from kernel.web.pages import Cursor, Limit, decode_cursor, page

router = APIRouter(tags=["consent"])

ACTS_SHOWN = 200
_NEVER = datetime.min.replace(tzinfo=UTC)


@router.post("/v1/notices", status_code=201, response_model=NoticeView)
async def publish_notice(request: Request, body: NewNotice) -> dict[str, Any]:
    """A new immutable version of a notice. 409 where another request took the version at the same moment."""
    parts, caller = parts_of(request), caller_of(request)
    try:
        async with parts.database.transaction() as tx:
            made = await service.publish_notice(tx, body.key, body.purposes, body.text, caller.client_id)
            entry = Entry(caller.client_id, "policy", "allow", f"notice {made['key']} {made['version']}")
            await record(tx, parts.audit_key, [entry])
    except IntegrityError as error:
        raise Conflict("Another version was published at this moment; look at it, and try again.") from error
    return made


@router.get("/v1/notices", response_model=NoticePage)
async def list_notices(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """Every version of every notice."""
    async with parts_of(request).database.snapshot() as connection:
        after = decode_cursor(cursor, tuple[str, int])
        rows = await repository.list_notices(connection, after, limit + 1)
    return page(rows, limit, lambda row: (row.key, row.version), lambda row: row._asdict())


@router.post("/v1/consents", status_code=201, response_model=ConsentMade)
async def give_consent(request: Request, body: NewConsent) -> dict[str, Any]:
    """Record a consent: in force at once. A person not known before is made from usable identifiers (else 422)."""
    parts, caller = parts_of(request), caller_of(request)
    subject = await _subject(request, body.subject_id, body.identifiers, create=True)
    act = Act(
        "given",
        tuple(dict.fromkeys(body.purposes)),
        body.captured_at,
        body.notice,
        body.version,
        body.method,
        proof_hash(body.proof),
    )
    async with parts.database.transaction() as tx:
        made = await service.give(tx, subject, act, caller.client_id)
        await record(
            tx,
            parts.audit_key,
            [Entry(caller.client_id, "consent", "allow", " ".join(act.purposes), subject)],
        )
    shown = shown_id(request, made)
    return {"id": shown, "subject_id": shown_id(request, subject), "receipt": f"/v1/consents/{shown}/receipt"}


@router.post("/v1/consents/withdraw", response_model=Withdrawn)
async def withdraw_consent(request: Request, body: Withdrawal) -> dict[str, Any]:
    """End consent. From this answer on every read for those purposes is denied, whatever proof arrives later."""
    parts, caller = parts_of(request), caller_of(request)
    subject = await _subject(request, body.subject_id, body.identifiers, create=False)
    async with parts.database.transaction() as tx:
        ended, at = await service.withdraw(tx, subject, body.purposes, caller.client_id)
        await record(
            tx, parts.audit_key, [Entry(caller.client_id, "withdraw", "allow", " ".join(ended), subject)]
        )
    return {"withdrawn": ended, "effective_at": at}


@router.get("/v1/subjects/{subject_id}/consents", response_model=ConsentsView)
async def read_consents(request: Request, subject_id: str) -> dict[str, Any]:
    """What the person consents to, and the acts behind it; a partner sees the purposes that it may declare."""
    parts, caller = parts_of(request), caller_of(request)
    subject = canonical_id(subject_id)
    if subject is None:
        raise NotFound("There is no such person.")
    await parts.ingest.mind_existence(subject)
    async with parts.database.transaction() as tx:
        standing = await service.standing_of(tx, subject)
        ledgers = await repository.ledgers_of(tx, standing.origins)
        acts = await repository.acts_of(tx, standing.origins, ACTS_SHOWN)
        await record(tx, parts.audit_key, [Entry(caller.client_id, "consent", "allow", "read", subject)])
    visible = caller.purposes if caller.is_partner else None
    return {
        "subject_id": shown_id(request, subject),
        "restricted": standing.restricted,
        "purposes": _purposes(standing, [ledger.state for ledger in ledgers.values()], visible),
        "items": [
            _act(request, row) for row in acts if visible is None or visible & set(row.purposes.split())
        ],
    }


@router.get("/v1/consents/{consent_id}/receipt", response_model=ReceiptView)
async def read_receipt(request: Request, consent_id: str) -> dict[str, Any]:
    """The receipt of one act, signed; check it against `/.well-known/jwks.json`."""
    parts = parts_of(request)
    wanted = canonical_id(consent_id)
    async with parts.database.snapshot() as connection:
        act = await repository.act_by_id(connection, wanted) if wanted else None
        if act is None:
            raise NotFound("There is no such consent.")
        notice = await repository.find_notice(connection, act.notice or "", act.notice_version or 0)
    receipt = receipt_of(
        act, notice, subject=shown_id(request, act.subject), controller=parts.settings.base_url()
    )
    receipt["receipt_id"] = shown_id(request, act.id)
    return {"receipt": receipt, "jws": parts.signing.sign(RECEIPT, receipt)}


async def _subject(
    request: Request, subject_id: str | None, identifiers: dict[str, Any] | None, *, create: bool
) -> str:
    """The person meant. Raises NotFound, Gone (erased), InvalidInput (no usable identifier)."""
    parts, caller = parts_of(request), caller_of(request)
    if subject_id is not None:
        given = canonical_id(subject_id)
        inner = parts.pairwise.inner(caller.client_id, subject_id) if caller.is_partner else given
        if inner is None:
            raise NotFound("There is no such person.")
        await parts.ingest.mind_existence(inner)
        return inner
    found = await parts.ingest.resolve(identifiers or {}, create=create)
    if found.erased:
        raise Gone
    if found.subject_id is None:
        raise NotFound("There is no such person.")
    return found.subject_id


def _purposes(standing: Standing, states: list[Any], visible: frozenset[str] | None) -> dict[str, Any]:
    names = {purpose for state in states for purpose in state}
    return {
        name: _purpose(name, standing, [state[name] for state in states if name in state])
        for name in sorted(names)
        if visible is None or name in visible
    }


def _purpose(name: str, standing: Standing, states: list[Any]) -> dict[str, Any]:
    newest = max(states, key=lambda state: state.granted_at or _NEVER)
    withdrawn = [state.withdrawn_at for state in states if state.withdrawn_at]
    return {
        "in_force": name in standing.in_force and not standing.restricted,
        "granted_at": newest.granted_at,
        "withdrawn_at": max(withdrawn, default=None),
        "notice": newest.notice,
        "version": newest.notice_version,
    }


def _act(request: Request, row: Any) -> dict[str, Any]:
    return {
        "id": shown_id(request, row.id),
        "act": row.act,
        "purposes": row.purposes.split(),
        "notice": row.notice,
        "version": row.notice_version,
        "method": row.method,
        "captured_at": row.captured_at,
        "recorded_at": row.recorded_at,
    }
