"""`POST /v1/phones/evidence`, `GET /v1/verify/receipt-key` and `GET /.well-known/verify-jwks.json`."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request

from kernel.signing import SigningKeys
from kernel.store.engine import Database
from kernel.web.doors import admitted, declare, needs
from services.verify.access import SENDING
from services.verify.evidence.domain import confidence_in, left_of, text_of
from services.verify.evidence.repository import findings_of
from services.verify.evidence.schemas import Jwks, NumberEvidence, NumberToAsk, ReceiptKey

Ask = Callable[[str, str], Awaitable[bytes]]
"""From a number as written and a purpose to its key; refuses where its holder does not allow the question."""


def evidence_routes(
    database: Database,
    keys: SigningKeys,
    ask: Ask,
    receipt_key: Callable[[str], bytes],
    clock: Callable[[], datetime],
    half_lives: Mapping[str, int],
) -> APIRouter:
    """The doors of this slice."""
    router = APIRouter(tags=["verify"])

    @router.post("/v1/phones/evidence", response_model=NumberEvidence, openapi_extra=needs(SENDING))
    async def show_evidence(request: Request, body: NumberToAsk) -> dict[str, Any]:
        """What was proved of a number and how much of it is left today.

        A known person's number needs consent to `verification` (403 `consent-missing`); a number of which nothing is
        known answers with confidence 0, like one that nobody has.
        """
        caller = admitted(request, SENDING)
        declare(caller, body.purpose.value)
        number_key = await ask(body.phone, body.purpose.value)
        async with database.snapshot() as connection:
            found = await findings_of(connection, number_key)
        now = clock()
        left = [left_of(one, now, half_lives) for one in found]
        views = [
            {
                **{name: getattr(one.finding, name) for name in ("kind", "ok", "at", "method")},
                "confidence": one.confidence,
                "half_life_days": one.half_life_days,
            }
            for one in left
        ]
        return {
            "confidence": confidence_in(found, now, half_lives),
            "recycled": any(one.recycled for one in found),
            "evidence": views,
        }

    @router.get("/v1/verify/receipt-key", response_model=ReceiptKey, openapi_extra=needs(SENDING))
    async def show_receipt_key(request: Request) -> dict[str, str]:
        """The client's own key for its receipts; no other client has the same."""
        caller = admitted(request, SENDING)
        return {"key": text_of(receipt_key(caller.client_id))}

    @router.get("/.well-known/verify-jwks.json", response_model=Jwks)
    async def show_receipt_jwks() -> dict[str, Any]:
        """The public keys that receipts are signed with; open to everybody."""
        return keys.jwks()

    return router
