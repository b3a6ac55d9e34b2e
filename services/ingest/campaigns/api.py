"""HTTP doors of campaigns."""

from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest.campaigns import service
from services.ingest.campaigns.schemas import Campaign, CampaignPage, NewCampaign, SpendEntries, view


def campaign_router(database: Database) -> APIRouter:
    """Routes of campaigns."""
    router = APIRouter(tags=["campaigns"])

    @router.post("/v1/campaigns", status_code=201, openapi_extra=needs("social:write"))
    async def post_campaign(request: Request, body: NewCampaign) -> Campaign:
        """Register a campaign. Records answer it by its key (or id) in `payload.campaign`, before or after.

        The same again answers alike; other settings under a known key are 409.
        """
        caller = admitted(request, "social:write")
        async with database.transaction() as tx:
            spend = [one.entry() for one in body.spend]
            return view(await service.create_campaign(tx, body.row(), spend, caller.client_id))

    @router.post("/v1/campaigns/{campaign_id}/spend", status_code=201, openapi_extra=needs("social:write"))
    async def post_spend(request: Request, campaign_id: str, body: SpendEntries) -> Campaign:
        """Add what was spent; send an Idempotency-Key where it may be sent twice."""
        caller = admitted(request, "social:write")
        key = id_in(campaign_id, service.NOTHING)
        async with database.transaction() as tx:
            await service.find_campaign(tx, key)
            await service.add_spend(tx, key, [one.entry() for one in body.spend], caller.client_id)
            return view(await service.find_campaign(tx, key))

    @router.get("/v1/campaigns", openapi_extra=needs("social:read"))
    async def get_campaigns(request: Request, limit: Limit = 50, cursor: Cursor = None) -> CampaignPage:
        """Campaigns with leads, valid records and what each of them cost, newest first."""
        admitted(request, "social:read")
        after = decode_cursor(cursor, tuple[int, Key])
        async with database.snapshot() as connection:
            rows = await service.list_campaigns(connection, after, limit + 1)
        return CampaignPage(**page(rows, limit, lambda told: (told.row.created_at, told.row.id), view))

    @router.get("/v1/campaigns/{campaign_id}", openapi_extra=needs("social:read"))
    async def get_campaign(request: Request, campaign_id: str) -> Campaign:
        """A campaign with leads, valid records and what each of them cost until now."""
        admitted(request, "social:read")
        async with database.snapshot() as connection:
            return view(await service.find_campaign(connection, id_in(campaign_id, service.NOTHING)))

    return router
