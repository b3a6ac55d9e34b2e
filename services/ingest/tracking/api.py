"""HTTP doors of tracking: Segment's paths, and the short ones that its browser SDK calls."""

from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import Fault, TooLarge
from kernel.web.asgi import Receive, Scope, header
from kernel.web.doors import needs, require
from kernel.web.internal import ADDRESS
from kernel.web.problems import as_sdks_read
from services.ingest.records.hot import Answer, HotDoor, read_body
from services.ingest.tracking.domain.mapping import Visit
from services.ingest.tracking.domain.message import (
    KINDS,
    MAX_BATCH,
    TooLong,
    read_batch,
    read_single,
)
from services.ingest.tracking.schemas import COMPONENT, EXAMPLES
from services.ingest.tracking.service import Tracking

DONE: Final = b'{"success": true}'
SCOPE: Final = "collect:write"

_SAID: Final = {
    "identify": "Who somebody is: a profile, its traits becoming identifiers and attributes.",
    "track": 'What somebody did: an interaction; "Order Completed" is a transaction.',
    "page": "A page that somebody saw: an interaction named `page`.",
    "screen": "A screen of an app that somebody saw: an interaction named `screen`.",
    "group": "Where somebody belongs: a profile; the group's name is the workplace.",
    "alias": "Two ids are one person's: it links them where one is not known yet, and is no record.",
    "batch": "Up to 2,500 messages in 500 KB; one that is no message waits in quarantine and fails no other.",
}
_ANSWER: Final = """ Answered after the commit; the record's id is `messageId` (or a UUID made from it), so that a
second try is a duplicate. 400 where the body is malformed, a message over 32 KB or a batch over 500 KB; 429 and 5xx
say by `Retry-After` when to try again."""


def tracking_doors(tracking: Tracking) -> dict[str, HotDoor]:
    """The hot doors by path: each type's own, its first letter as browsers call it, and the batch."""
    doors = {}
    for kind in KINDS:
        doors[f"/v1/{kind}"] = doors[f"/v1/{kind[0]}"] = HotDoor(200, _guarded(_single(tracking, kind)))
    doors["/v1/batch"] = doors["/v1/b"] = HotDoor(200, _guarded(_batch(tracking)))
    return doors


def tracking_router(doors: dict[str, HotDoor]) -> APIRouter:
    """Routes that document the doors."""
    router = APIRouter(tags=["tracking"])
    for kind, text in _SAID.items():
        router.add_api_route(
            f"/v1/{kind}",
            _route(doors[f"/v1/{kind}"]),
            methods=["POST"],
            name=f"post_tracking_{kind}",
            description=text + _ANSWER,
            openapi_extra={**needs(SCOPE), "requestBody": _body(kind)},
            responses={200: {"content": {"application/json": {"example": {"success": True}}}}},
            response_class=Response,
        )
    return router


def _single(tracking: Tracking, kind: str) -> Answer:
    async def answer(scope: Scope, receive: Receive) -> bytes:
        message = read_single(await read_body(receive), kind)
        await tracking.take_in([message], scope["caller"].source, _visit(scope))
        return DONE

    return answer


def _batch(tracking: Tracking) -> Answer:
    async def answer(scope: Scope, receive: Receive) -> bytes:
        batch = read_batch(await read_body(receive))
        await tracking.take_batch(batch, scope["caller"].source, _visit(scope))
        return DONE

    return answer


def _guarded(answer: Answer) -> Answer:
    """`answer` for those who may collect, its refusals such as the SDKs understand them."""

    async def guarded(scope: Scope, receive: Receive) -> bytes:
        try:
            require(scope["caller"], SCOPE)
            return await answer(scope, receive)
        except TooLarge:
            raise as_sdks_read(TooLong(f"A batch may have at most {MAX_BATCH} bytes.")) from None
        except Fault as fault:
            raise as_sdks_read(fault) from None

    return guarded


def _visit(scope: Scope) -> Visit:
    """What the request around the messages tells; the edge says from where a browser asks."""
    address = header(scope, ADDRESS)
    agent = header(scope, b"user-agent") if address else None
    return Visit(
        datetime.now(UTC),
        objects=header(scope, b"sec-gpc") == b"1",
        address=address.decode("latin-1") if address else None,
        user_agent=agent.decode("latin-1")[:512] if agent else None,
    )


def _route(door: HotDoor) -> Any:
    async def post(request: Request) -> Response:
        content = await door.answer(request.scope, request.receive)
        return Response(content, door.status, media_type="application/json")

    return post


def _body(kind: str) -> dict[str, Any]:
    name, example = "TrackingMessage", EXAMPLES.get(kind)
    if example is None:
        name = "TrackingBatch"
        example = {"batch": [{"type": one, **EXAMPLES[one]} for one in ("page", "track")]}
    content = {"schema": {"$ref": COMPONENT + name}, "example": example}
    return {"required": True, "content": {"application/json": content}}
