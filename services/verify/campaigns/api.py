"""`/v1/verify/campaigns`: start, look, pause, resume, cancel, and the result file."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from kernel.errors import NotFound
from kernel.store.engine import Database
from kernel.web.doors import admitted, admitted_service, declare, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.verify.access import SENDING
from services.verify.campaigns import repository, service
from services.verify.campaigns.schemas import (
    Campaigns,
    CampaignStarted,
    CampaignToStart,
    CampaignView,
    InvitationsToSend,
)
from services.verify.challenges.domain import Content
from services.verify.challenges.service import Verifications

_NONE = "There is no such campaign."
_SUMMARY = ("id", "name", "state", "total", "spent_vnd", "created_at")
_SHOWN = (*_SUMMARY, "reason", "channel", "hours", "budget_vnd", "ends_at")


def campaign_routes(database: Database, desk: Verifications) -> APIRouter:
    """The doors of this slice."""
    router = APIRouter(tags=["verify"])
    _add_starting(router, database, desk)
    _add_looking(router, database, desk)
    return router


def _add_starting(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.post(
        "/v1/verify/campaigns",
        status_code=202,
        response_model=CampaignStarted,
        openapi_extra=needs(SENDING),
    )
    async def start_campaign(request: Request, body: CampaignToStart) -> dict[str, Any]:
        """Verify a list: one code a line, at the pace and within the hours and the budget given, for 7 days at most.

        Each line keeps to every rule of a single verification: consent, caps, the guard. Numbers are sealed until
        they are sent to, then destroyed; the client's own cap an hour bounds the pace.
        """
        caller = admitted(request, SENDING)
        declare(caller, body.purpose.value)
        given = [Content(one, "phone", None) for one in body.phones or ()]
        given += [Content(one, "subject", None) for one in body.subject_ids or ()]
        wish = body.model_dump(include={"name", "channel", "locale", "hours", "budget_vnd"})
        wish |= {"purpose": body.purpose.value, "pace": body.pace_per_minute}
        row, items = service.new_campaign(desk, caller.client_id, wish, given)
        async with database.transaction() as tx:
            await repository.add_campaign(tx, row, items)
        return {"id": row["id"]}

    @router.post("/internal/invitations", status_code=202, response_model=CampaignStarted, tags=["internal"])
    async def start_invitations(request: Request, body: InvitationsToSend) -> dict[str, Any]:
        """A campaign of letters with personal links; for the gateway only, which makes the links."""
        admitted_service(request)
        given = [Content(one.subject_id, "subject", None, one.link) for one in body.people]
        wish = body.model_dump(include={"name", "locale", "hours", "budget_vnd"})
        wish |= {"purpose": "service", "channel": "email", "pace": body.pace_per_minute}
        row, items = service.new_campaign(desk, body.client_id, wish, given)
        async with database.transaction() as tx:
            await repository.add_campaign(tx, row, items)
        return {"id": row["id"]}

    @router.post(
        "/v1/verify/campaigns/{campaign_id}/{act}", response_model=CampaignView, openapi_extra=needs(SENDING)
    )
    async def act_on_campaign(
        request: Request, campaign_id: str, act: Literal["pause", "resume", "cancel"]
    ) -> dict[str, Any]:
        """pause, resume (also after the budget was reached and raised by a new one), cancel: for good."""
        caller = admitted(request, SENDING)
        known = id_in(campaign_id, _NONE)
        await service.act_on(database, desk, caller.client_id, known, act)
        return await _shown(database, caller.client_id, known)


def _add_looking(router: APIRouter, database: Database, desk: Verifications) -> None:
    @router.get("/v1/verify/campaigns", response_model=Campaigns, openapi_extra=needs(SENDING))
    async def show_campaigns(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
        """The client's own campaigns."""
        caller = admitted(request, SENDING)
        after = decode_cursor(cursor, UUID)
        async with database.snapshot() as connection:
            rows = await repository.list_campaigns(
                connection, caller.client_id, str(after) if after else None, limit + 1
            )
        return page(
            rows, limit, lambda row: row.id, lambda row: {name: getattr(row, name) for name in _SUMMARY}
        )

    @router.get(
        "/v1/verify/campaigns/{campaign_id}", response_model=CampaignView, openapi_extra=needs(SENDING)
    )
    async def show_campaign(request: Request, campaign_id: str) -> dict[str, Any]:
        """How far a campaign of this client's is."""
        caller = admitted(request, SENDING)
        return await _shown(database, caller.client_id, id_in(campaign_id, _NONE))

    @router.get("/v1/verify/campaigns/{campaign_id}/results.csv", openapi_extra=needs(SENDING))
    async def show_results(request: Request, campaign_id: str) -> StreamingResponse:
        """`row,status,reason,delivery,verification_id,at`, by the line's place in the list; no number is in it."""
        caller = admitted(request, SENDING)
        known = id_in(campaign_id, _NONE)
        await _shown(database, caller.client_id, known)
        return StreamingResponse(service.results(database, known), media_type="text/csv")


async def _shown(database: Database, client_id: str, campaign_id: str) -> dict[str, Any]:
    async with database.snapshot() as connection:
        row = await repository.find_campaign(connection, campaign_id, client_id)
        if row is None:
            raise NotFound(_NONE)
        items = await repository.count_items(connection, campaign_id)
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "pace_per_minute": row.pace,
        "items": items,
    }
