"""`POST /v1/verifications`, `.../check` and `.../resend`."""

import uuid
from typing import Any

from fastapi import APIRouter, Request

from kernel.errors import Unavailable
from kernel.ids import canonical_id
from kernel.privacy.purposes import Purpose
from kernel.store.engine import Database
from kernel.web.doors import admitted, declare, needs
from services.verify.access import SENDING
from services.verify.challenges import service
from services.verify.challenges.repository import Found, find_pending
from services.verify.challenges.schemas import CodeToCheck, PendingView, VerificationToStart, VerifiedView
from services.verify.challenges.service import Verifications
from services.verify.errors import VerificationFailed
from services.verify.evidence.domain import Proof


def verification_routes(database: Database, desk: Verifications) -> APIRouter:
    """The doors of this slice: they open and commit the transactions."""
    router = APIRouter(tags=["verify"])
    for add in (_add_start, _add_check, _add_resend):
        add(router, database, desk)
    return router


def _add_start(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.post(
        "/v1/verifications", status_code=201, response_model=PendingView, openapi_extra=needs(SENDING)
    )
    async def start_verification(request: Request, body: VerificationToStart) -> dict[str, Any]:
        """Send a code. It lives 5 minutes and may be checked 5 times, each number 15 times a day.

        Refused: 422 `invalid-input` (no Vietnamese mobile), 403 `consent-missing` (a known person's number without
        consent to `verification`; `legal` needs none), 503 `consent-unknown`, 429 `sending-capped` with
        Retry-After.
        """
        caller = admitted(request, SENDING)
        declare(caller, body.purpose.value)
        recipient = await service.find_recipient(
            desk, phone=body.phone, subject=body.subject_id, purpose=body.purpose.value
        )
        async with database.transaction() as tx:
            row = await service.open_challenge(
                tx,
                desk,
                recipient,
                client_id=caller.client_id,
                channel=body.channel,
                locale=body.locale,
                purpose=body.purpose.value,
            )
        try:
            await service.send_code(desk, row)
        except Unavailable:
            async with database.transaction() as tx:
                await service.end_challenge(tx, desk, row.client_id, row.id, "unsent")
            raise
        return _pending_view(row)


def _add_check(router: APIRouter, database: Database, desk: Verifications) -> None:
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
        # the count is durable from here on: whatever happens next, this check was one of five
        if service.proves(desk, checked, body.code):
            async with database.transaction() as tx:
                return _verified_view(await service.use_code(tx, desk, checked))
        if checked.last:
            async with database.transaction() as tx:
                await service.end_challenge(tx, desk, caller.client_id, challenge_id, "exhausted")
        raise service.refusal_of(checked)


def _add_resend(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.post(
        "/v1/verifications/{verification_id}/resend",
        response_model=PendingView,
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
        async with database.transaction() as tx:
            again = await service.reopen_sending(tx, desk, caller.client_id, challenge_id)
        await service.send_code(desk, again)
        return _pending_view(again)


def _id_of(text: str) -> str:
    """The UUID in the path; what is none gets one of its own, so that it is counted like any unknown id."""
    return canonical_id(text) or str(uuid.uuid5(uuid.NAMESPACE_URL, text))


def _pending_view(row: Found) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": "pending",
        "channel": row.channel,
        "expires_at": row.expires_at,
        "next_resend_at": row.next_resend_at,
    }


def _verified_view(proof: Proof) -> dict[str, Any]:
    receipt = {
        "id": proof.id,
        "verification_id": proof.verification_id,
        "method": proof.method,
        "purpose": Purpose(proof.purpose),
        "verified_at": proof.verified_at,
        "number": proof.number,
    }
    return {"id": proof.verification_id, "status": "verified", "receipt": receipt}
