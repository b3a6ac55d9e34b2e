"""HTTP doors of hooks: operators register them, providers deliver to them."""

import time
from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from kernel.errors import FieldError, InvalidInput, NotFound, Unauthenticated
from kernel.ids import canonical_id
from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest.records.intake import Intake
from services.ingest.sources.service import Sources
from services.ingest.vault.service import Vault
from services.ingest.webhooks import service
from services.ingest.webhooks.domain.hooks import LEADS, REFUSED, STALE, UNKNOWN, Hook, record_of
from services.ingest.webhooks.domain.signatures import is_same, is_signed
from services.ingest.webhooks.fetching import LeadFetcher
from services.ingest.webhooks.schemas import (
    CatchingUp,
    CatchUp,
    HookMade,
    HookPage,
    NewHook,
    Received,
    path_of,
    view,
)


def hook_router(database: Database, vault: Vault, sources: Sources, fetcher: LeadFetcher) -> APIRouter:
    """Routes of operators."""
    router = APIRouter(tags=["hooks"])

    @router.post("/v1/hooks", status_code=201, openapi_extra=needs("admin"))
    async def post_hook(request: Request, body: NewHook) -> HookMade:
        """Register a hook: what it brings are records of `source`, under `consent` or `basis`.

        Types: `meta` (lead ads; leads are fetched from the Graph API), `kiotviet`, `haravan`, `sapo` (customers and
        orders, by presets), `standard` (Standard Webhooks signatures and a mapping of JSON pointers). A secret that is
        made here is in this answer and never again. 422 for an unknown source or a mapping that cannot be used.
        """
        caller = admitted(request, "admin")
        async with database.transaction() as tx:
            if body.source not in await sources.known(tx, {body.source}):
                raise InvalidInput(
                    "The source is not registered.", errors=[FieldError("/source", "Register it first.")]
                )
            hook = await service.register_hook(
                tx, vault, body.source, body.type, body.settings(), body.secrets(), caller.client_id
            )
        made = None if body.secret else hook.secrets.secret
        return HookMade(id=hook.id, url=path_of(hook.id), type=body.type, source=hook.source, secret=made)

    @router.get("/v1/hooks", openapi_extra=needs("admin"))
    async def get_hooks(request: Request, limit: Limit = 100, cursor: Cursor = None) -> HookPage:
        """Hooks with the counts of what they brought, oldest first; secrets are not shown."""
        admitted(request, "admin")
        after = decode_cursor(cursor, tuple[int, Key])
        async with database.snapshot() as connection:
            rows = await service.list_hooks(connection, after, limit + 1)
        return HookPage(**page(rows, limit, lambda told: (told.row.created_at, told.row.id), view))

    @router.post("/v1/hooks/{hook_id}/close", status_code=204, openapi_extra=needs("admin"))
    async def post_close(request: Request, hook_id: str) -> None:
        """Close a hook: its deliveries are 404 from now on, its secret is destroyed. What it brought stays."""
        admitted(request, "admin")
        key = id_in(hook_id, service.NOTHING)
        async with database.transaction() as tx:
            await service.close_hook(tx, key)
        await vault.discard([key])

    @router.post("/v1/hooks/{hook_id}/catch-up", status_code=202, openapi_extra=needs("admin"))
    async def post_catch_up(request: Request, hook_id: str, body: CatchUp) -> CatchingUp:
        """Fetch all leads of a form, page by page; those that came in before are duplicates. 422 for other types."""
        admitted(request, "admin")
        key = id_in(hook_id, service.NOTHING)
        since = int(body.since.timestamp()) if body.since else None
        async with database.transaction() as tx:
            hook = await service.open_hook(tx, vault, key)
            if hook.type != "meta":
                raise InvalidInput("Only lead forms can be caught up with.")
            fetch = await service.queue_form(tx, key, body.form_id, since)
        fetcher.wake()
        return CatchingUp(id=fetch)

    return router


def delivery_router(database: Database, intake: Intake, fetcher: LeadFetcher) -> APIRouter:
    """Routes of providers: open, since the signature says who delivers."""
    router = APIRouter(tags=["hooks"])
    vault = intake.rooms.vault

    async def opened(hook_id: str) -> Hook:
        key = canonical_id(hook_id)
        if key is None:
            raise NotFound(service.NOTHING)
        async with database.snapshot() as connection:
            return await service.open_hook(connection, vault, key)

    @router.get("/v1/hooks/{hook_id}", response_class=PlainTextResponse)
    async def get_challenge(
        hook_id: str,
        wish: Annotated[str, Query(alias="hub.mode")],
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=1_000)],
        token: Annotated[str, Query(alias="hub.verify_token")] = "",
    ) -> PlainTextResponse:
        """The subscription check of Meta and Haravan: `hub.challenge` back, where `hub.verify_token` is the hook's.

        401 where it is not.
        """
        hook = await opened(hook_id)
        expected = hook.secrets.verify_token
        if wish != "subscribe" or not expected or not is_same(token, expected):
            raise Unauthenticated("The verify token is not this hook's.")
        return PlainTextResponse(challenge)

    @router.post("/v1/hooks/{hook_id}")
    async def post_delivery(request: Request, hook_id: str) -> Received:
        """Take a provider's delivery in: each customer, order or lead in it is a record with the usual rules.

        Signed over the body as it is; 401 where the signature (or, for `standard`, its time) does not hold. Answered
        after the commit, so that 503 means: send it again. What was delivered before is a duplicate; a later state of
        an order is a record of its own that supersedes the earlier one; an earlier state that comes late is counted. Topics without a rule are acknowledged and counted.
        """
        hook = await opened(hook_id)
        body = await request.body()
        if not is_signed(hook.type, request.headers, body, hook.secrets.secret, time.time()):
            async with database.transaction() as tx:
                await service.count(tx, hook.id, {REFUSED: 1})
            raise Unauthenticated("The signature does not hold.")
        delivery = service.read_delivery(hook, request.headers, body)
        became = await _take_in(database, intake, hook, delivery)
        if delivery.leads:
            fetcher.wake()
        return Received(records=became, leads=len(delivery.leads), unknown=delivery.unknown)

    return router


async def _take_in(
    database: Database, intake: Intake, hook: Hook, delivery: service.Delivery
) -> Counter[str]:
    """Store what a delivery brings and count it; the records by what became of them."""
    async with database.snapshot() as connection:
        bound = await service.compare(connection, hook, delivery.things)
    records = [record_of(hook, thing) for thing in bound.things]
    drafts = intake.draft(records, hook.source)
    for draft in drafts:
        draft.supersedes = bound.supersedes.get(draft.record_id or "")
    receipts = await intake.take(drafts) if drafts else []
    statuses = [receipt.status for receipt in receipts]
    became = Counter(statuses)
    told = {
        **became,
        UNKNOWN: delivery.unknown,
        LEADS: len(delivery.leads),
        STALE: bound.stale,
        "received": 1,
    }
    async with database.transaction() as tx:
        await service.keep_newest(tx, hook, bound.things, statuses)
        await service.queue_leads(tx, hook, delivery.leads)
        await service.count(tx, hook.id, told)
    return became
