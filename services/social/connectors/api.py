"""HTTP doors of connectors: operators register them, platforms call them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse

from kernel.errors import FieldError, MalformedInput, NotFound, TooLarge, Unauthenticated, Unavailable
from kernel.ids import canonical_id, new_id
from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.social.access import READING
from services.social.analysis.service import Readers, ReadersLost
from services.social.connectors import service
from services.social.connectors.domain.calls import READS, is_signed
from services.social.connectors.domain.items import Told
from services.social.connectors.domain.signatures import same, signed_request
from services.social.connectors.domain.terms import TERMS
from services.social.connectors.schemas import (
    Called,
    ConnectorMade,
    ConnectorPage,
    Deleted,
    NewConnector,
    path_of,
    view,
)
from services.social.mentions.domain.incoming import MAX_MENTIONS, Refused, Taken, handles_in, take_items
from services.social.people.service import Speakers

FEW = 20
"""So few mentions are judged in the loop itself; more in a child process."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the doors stand on. `key` seals secrets, `secret` keys the hashes of who and what is mentioned."""

    database: Database
    readers: Readers
    speakers: Speakers
    key: bytes
    secret: bytes
    on_stored: Callable[[], None]
    on_due: Callable[[], None]


def connectors_router(rooms: Rooms) -> APIRouter:
    """Routes of operators."""
    router = APIRouter(tags=["social"])
    database = rooms.database

    @router.post("/v1/connectors", status_code=201, openapi_extra=needs("admin"))
    async def post_connector(request: Request, body: NewConnector) -> ConnectorMade:
        """Listen to a source: RSS or Atom, YouTube comments, Meta pages and Instagram, Zalo OA, TikTok, own systems.

        `rss`, `youtube` and `meta` with an access token are read from time to time; the others, and `meta`, call
        `url`, signed. A secret that is made here (`webhook`) is in this answer and never again. 422 says what is
        missing for the kind.
        """
        admitted(request, "admin")
        made = service.Outline(body.kind, body.name, body.options, body.secrets, body.retention_days)
        async with database.transaction() as tx:
            connector_id, secret = await service.register(tx, rooms.key, made, _now_ms())
        rooms.on_due()
        return ConnectorMade(id=connector_id, url=path_of(body.kind, connector_id), secret=secret)

    @router.get("/v1/connectors", openapi_extra=needs(READING))
    async def get_connectors(request: Request, limit: Limit = 100, cursor: Cursor = None) -> ConnectorPage:
        """Connectors with their terms and health, oldest first; secrets are not shown."""
        admitted(request, READING)
        position = decode_cursor(cursor, UUID)
        after = None if position is None else str(position)
        async with database.snapshot() as connection:
            rows = await service.list_connectors(connection, after, limit)
        return ConnectorPage(**page(rows, limit, lambda row: row.connector_id, view))

    @router.post("/v1/connectors/{connector_id}/close", status_code=204, openapi_extra=needs("admin"))
    async def post_close(request: Request, connector_id: str) -> None:
        """Close a connector: its calls are 404 from now on, its secrets are destroyed. What it brought stays."""
        admitted(request, "admin")
        async with database.transaction() as tx:
            await service.close_connector(tx, id_in(connector_id, service.NOTHING))

    @router.post("/v1/connectors/{connector_id}/read", status_code=202, openapi_extra=needs("admin"))
    async def post_read(request: Request, connector_id: str) -> None:
        """Read a source now, whatever it is waiting for. 422 where it only sends."""
        admitted(request, "admin")
        async with database.transaction() as tx:
            await service.read_now(tx, id_in(connector_id, service.NOTHING), _now_ms())
        rooms.on_due()

    return router


def calls_router(rooms: Rooms) -> APIRouter:
    """Routes of platforms: open, since the signature says who calls."""
    router = APIRouter(tags=["social"])

    @router.get("/webhooks/social/{connector_id}", response_class=PlainTextResponse)
    async def get_social_challenge(
        connector_id: str,
        wish: Annotated[str, Query(alias="hub.mode")],
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=1_000)],
        token: Annotated[str, Query(alias="hub.verify_token")] = "",
    ) -> PlainTextResponse:
        """Meta's subscription check: `hub.challenge` back, where `hub.verify_token` is the connector's. 401 else."""
        source = await _source(rooms, connector_id)
        expected = source.secrets.get("verify_token", "")
        if wish != "subscribe" or not expected or not same(expected, token):
            raise Unauthenticated("The verify token is not this connector's.")
        return PlainTextResponse(challenge)

    @router.post("/webhooks/social/{connector_id}")
    async def post_social_call(request: Request, connector_id: str) -> Called:
        """Take a platform's call in: mentions with the usual rules, edits, and removals, which delete.

        Signed over the body as it is; 401 where the signature or its time does not hold. Answered after the commit,
        so that 503 means: send it again. What was told before is a duplicate; what was removed does not come back.
        """
        source, body = await _source(rooms, connector_id), await request.body()
        secret = source.secrets.get("secret", "")
        if not is_signed(source.kind, body, request.headers, source.options, secret, time.time()):
            raise Unauthenticated("The signature does not hold.")
        return await _take(rooms, source, READS[source.kind](_json(body)))

    @router.post("/webhooks/social/{connector_id}/deletion")
    async def post_social_deletion(request: Request, connector_id: str) -> Deleted:
        """Meta's data deletion callback (`signed_request` in a form): all that this user wrote is deleted at once."""
        source, body = await _source(rooms, connector_id), await request.body()
        form = parse_qs(body[:20_000].decode("latin-1"), max_num_fields=10) if len(body) <= 20_000 else {}
        user = signed_request(form.get("signed_request", [""])[0], source.secrets.get("secret", ""))
        if source.kind != "meta" or user is None:
            raise Unauthenticated("The signed request does not hold.")
        async with rooms.database.transaction() as tx:
            await service.forget_author(tx, rooms.secret, ("facebook", "instagram"), user, _now_ms())
        code = new_id()
        return Deleted(url=str(request.url.replace(query=f"code={code}")), confirmation_code=code)

    return router


async def _source(rooms: Rooms, connector_id: str) -> service.Source:
    key = canonical_id(connector_id)
    if key is None:
        raise NotFound(service.NOTHING)
    async with rooms.database.snapshot() as connection:
        return await service.open_source(connection, rooms.key, key)


async def _take(rooms: Rooms, source: service.Source, told: Told) -> Called:
    now_ms = _now_ms()
    judged = await _judged(rooms, source, told, now_ms)
    brought = service.Brought(judged, await rooms.speakers.meet(handles_in(judged)))
    async with rooms.database.transaction() as tx:
        became = await service.take(tx, source, brought, now_ms)
        removed = await service.take_back(tx, rooms.secret, told.gone, now_ms)
        if told.ended:
            await service.end(tx, source)
    rooms.on_stored()
    return Called(mentions=became, removed=removed)


async def _judged(rooms: Rooms, source: service.Source, told: Told, now_ms: int) -> "list[Taken | Refused]":
    if len(told.mentions) + len(told.gone) > MAX_MENTIONS:
        errors = [FieldError("/mentions", f"At most {MAX_MENTIONS} mentions.")]
        raise TooLarge(f"There may be at most {MAX_MENTIONS} mentions.", errors=errors)
    linkable = TERMS[source.kind].linkable
    if len(told.mentions) <= FEW:
        return take_items(told.mentions, rooms.secret, now_ms, linkable=linkable)
    try:
        return await rooms.readers.run(take_items, told.mentions, rooms.secret, now_ms, linkable=linkable)
    except ReadersLost as error:
        raise Unavailable("The mentions could not be read; send them again.") from error


def _json(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedInput("The call is no JSON object.") from None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
