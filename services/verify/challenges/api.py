"""`POST /v1/verifications`, `.../check`, `.../resend`, `.../cancel` and `GET /v1/verifications/{id}`."""

import uuid
from typing import Any

from fastapi import APIRouter, Request

from kernel.errors import FieldError, NotFound
from kernel.ids import canonical_id
from kernel.privacy.purposes import Purpose
from kernel.signing import SigningKeys
from kernel.store.effects import commit_so_far
from kernel.store.engine import Database
from kernel.web.doors import admitted, declare, needs
from services.verify.access import SENDING
from services.verify.challenges import service
from services.verify.challenges.records import last_sending
from services.verify.challenges.repository import Found, find_any, find_pending
from services.verify.challenges.schemas import (
    CodeToCheck,
    PendingView,
    StatusView,
    VerificationToStart,
    VerifiedView,
)
from services.verify.challenges.service import Asked, Opened, Verifications
from services.verify.errors import SendingBlocked, VerificationFailed
from services.verify.evidence.domain import Proof
from services.verify.evidence.receipts import receipt_of


def verification_routes(database: Database, desk: Verifications, signing: SigningKeys) -> APIRouter:
    """The doors of this slice: they open and commit the transactions."""
    router = APIRouter(tags=["verify"])
    for add in (_add_start, _add_resend, _add_look, _add_cancel):
        add(router, database, desk)
    _add_check(router, database, desk, signing)
    return router


def _add_start(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.post(
        "/v1/verifications",
        status_code=201,
        response_model=PendingView,
        response_model_exclude_none=True,
        openapi_extra=needs(SENDING),
    )
    async def start_verification(request: Request, body: VerificationToStart) -> dict[str, Any]:
        """Send a code. It lives 5 minutes and may be checked 5 times, each number 15 times a day.

        `auto` tries the channels by what a verified number costs on each, as measured, and falls back where a
        message is refused or not reported in time. Refused: 422 `invalid-input` (no Vietnamese mobile), 403
        `consent-missing` (a known person's number without consent to `verification`; `legal` needs none), 403
        `sending-blocked` (the fraud guard, with its reasons), 503 `consent-unknown`, 429 `sending-capped` with
        Retry-After.
        """
        caller = admitted(request, SENDING)
        declare(caller, body.purpose.value)
        if body.method == "reverse" and not desk.inbound_to:
            raise NotFound("Reverse verification is not set up.")
        recipient = await service.find_recipient(
            desk, phone=body.phone, subject=body.subject_id, purpose=body.purpose.value
        )
        await service.measure(database, desk)
        async with service.watched(database, desk, caller.client_id) as tx:
            opened = await service.open_challenge(tx, desk, recipient, _asked(caller.client_id, body))
        if opened.row.status == "blocked":
            raise _blocked(opened)
        await commit_so_far(database)  # a code is counted before it is sent
        row = await service.deliver(database, desk, opened)
        return _pending_view(desk, row, opened)


def _add_check(router: APIRouter, database: Database, desk: Verifications, signing: SigningKeys) -> None:
    @router.post(
        "/v1/verifications/{verification_id}/check",
        response_model=VerifiedView,
        openapi_extra=needs(SENDING),
    )
    async def check_code(request: Request, verification_id: str, body: CodeToCheck) -> dict[str, Any]:
        """Use the code up. Wrong, unknown, used and expired are the same 422 `verification-failed`.

        After 5 checks, of an unknown id as well, 429 `verification-exhausted`. Only the client that started a
        verification may check it.
        """
        caller = admitted(request, SENDING)
        challenge_id = _id_of(verification_id)
        async with database.transaction() as tx:
            checked = await service.count_check(tx, desk, caller.client_id, challenge_id)
        await commit_so_far(database)
        # the count is durable from here on: whatever happens next, this check was one of five
        if service.proves(desk, checked, body.code):
            async with database.transaction() as tx:
                proof = await service.use_code(tx, desk, checked)
            return _verified_view(proof, signing)
        if checked.last:
            async with database.transaction() as tx:
                await service.end_challenge(tx, desk, caller.client_id, challenge_id, "exhausted")
        raise service.refusal_of(checked)


def _add_resend(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.post(
        "/v1/verifications/{verification_id}/resend",
        response_model=PendingView,
        response_model_exclude_none=True,
        openapi_extra=needs(SENDING),
    )
    async def resend_code(request: Request, verification_id: str) -> dict[str, Any]:
        """Send the same code again, 30, 60 and then 120 s after the sending before; its life is not extended.

        Refused: 422 `verification-failed` (unknown, used, expired), 429 `resend-too-early` or `sending-capped`
        with Retry-After, and as for a new one where the person withdrew consent meanwhile.
        """
        caller = admitted(request, SENDING)
        challenge_id = _id_of(verification_id)
        async with database.snapshot() as connection:
            found = await find_pending(connection, caller.client_id, challenge_id, desk.clock())
        if found is None:
            raise VerificationFailed
        if found.subject is not None:
            await desk.holders.permit(found.subject, found.purpose)
        async with service.watched(database, desk, caller.client_id) as tx:
            again = await service.reopen_sending(tx, desk, caller.client_id, challenge_id)
        await commit_so_far(database)  # a code is counted before it is sent
        row = await service.deliver(database, desk, again)
        return _pending_view(desk, row, again)


def _add_look(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.get(
        "/v1/verifications/{verification_id}", response_model=StatusView, openapi_extra=needs(SENDING)
    )
    async def show_verification(request: Request, verification_id: str) -> dict[str, Any]:
        """How a verification of this client's stands: 404 for every other id, whoever's it is."""
        caller = admitted(request, SENDING)
        async with database.snapshot() as connection:
            row = await find_any(connection, _id_of(verification_id), caller.client_id)
            last = await last_sending(connection, row.id) if row else None
        if row is None:
            raise NotFound("There is no such verification.")
        over = row.status == "pending" and row.expires_at <= desk.clock()
        named = ("id", "channel", "method", "sends", "created_at", "expires_at", "ended_at")
        return {
            **{name: getattr(row, name) for name in named},
            "status": "expired" if over else row.status,
            "delivery": last.state if last else None,
        }


def _add_cancel(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.post(
        "/v1/verifications/{verification_id}/cancel",
        response_model=StatusView,
        response_model_exclude_none=True,
        openapi_extra=needs(SENDING),
    )
    async def cancel_verification(request: Request, verification_id: str) -> dict[str, Any]:
        """End a pending verification: its code is destroyed at once. 404 unknown, 409 ended already."""
        caller = admitted(request, SENDING)
        async with database.transaction() as tx:
            row = await service.cancel_challenge(tx, desk, caller.client_id, _id_of(verification_id))
        named = ("id", "status", "channel", "method", "sends", "created_at", "expires_at")
        return {**{name: getattr(row, name) for name in named}, "ended_at": desk.clock()}


def _asked(client_id: str, body: VerificationToStart) -> Asked:
    where = body.context
    return Asked(
        client_id,
        body.purpose.value,
        body.channel,
        body.locale,
        body.method,
        body.risk,
        where.ip if where else None,
        where.device_id if where else None,
        where.collector_id if where else None,
    )


def _blocked(opened: Opened) -> SendingBlocked:
    reasons = [FieldError("/phone", f"{doubt.code}: {doubt.detail}") for doubt in opened.doubts]
    return SendingBlocked("A rule of the fraud guard holds; see errors.", errors=reasons)


def _id_of(text: str) -> str:
    """The UUID in the path; what is none gets one of its own, so that it is counted like any unknown id."""
    return canonical_id(text) or str(uuid.uuid5(uuid.NAMESPACE_URL, text))


def _pending_view(desk: Verifications, row: Found, opened: Opened) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": "pending",
        "channel": row.channel,
        "expires_at": row.expires_at,
        "next_resend_at": row.next_resend_at,
        "word": opened.word,
        "send_to": dict(desk.inbound_to) if opened.word else None,
        "reasons": [{"code": one.code, "detail": one.detail} for one in opened.doubts] or None,
    }


def _verified_view(proof: Proof, signing: SigningKeys) -> dict[str, Any]:
    receipt = {
        "id": proof.id,
        "verification_id": proof.verification_id,
        "method": proof.method,
        "purpose": Purpose(proof.purpose),
        "verified_at": proof.verified_at,
        "number": proof.number,
        "jws": receipt_of(proof, signing),
    }
    return {"id": proof.verification_id, "status": "verified", "receipt": receipt}
