"""HTTP doors of the quarantine."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import MalformedInput
from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.ingest import moments
from services.ingest.quarantine.domain import decode_reasons, masked
from services.ingest.quarantine.schemas import QuarantineItem, QuarantinePage, QuarantineReason
from services.ingest.quarantine.service import page_of_waiting
from services.ingest.vault.service import Vault

Release = Callable[[str, bytes | None], Awaitable[msgspec.Struct]]
"""Judges an item again, or its correction; gives the receipt."""

_RELEASE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"record": {"type": "object", "description": "The corrected record."}},
                }
            }
        },
    }
}


class ReleaseBody(msgspec.Struct):
    """`record` corrects the one that waits."""

    record: msgspec.Raw = msgspec.Raw()


def quarantine_router(
    database: Database, vault: Vault, release: Release, receipt_schema: dict[str, Any]
) -> APIRouter:
    """Routes of the quarantine."""
    router = APIRouter(tags=["quarantine"])

    @router.get("/v1/quarantine", openapi_extra=needs("collect:write"))
    async def get_quarantine(request: Request, limit: Limit = 50, cursor: Cursor = None) -> QuarantinePage:
        """Records that wait, oldest first, masked, with the reasons."""
        admitted(request, "collect:write")
        after = decode_cursor(cursor, tuple[int, str])
        async with database.snapshot() as connection:
            rows = await page_of_waiting(connection, vault, after, limit)
        return QuarantinePage(**page(rows, limit, lambda row: (row[0].received_at, row[0].id), _view))

    @router.post(
        "/v1/quarantine/{item}/release",
        openapi_extra={**needs("collect:write"), **_RELEASE_BODY},
        responses={200: {"content": {"application/json": {"schema": receipt_schema}}}},
    )
    async def post_release(request: Request, item: str) -> Response:
        """Judge a waiting record again, or `{"record": corrected}` in its place, and answer with its receipt.

        Still bad, the receipt says `quarantined` and the record waits on. 404 for an unknown item, 409 once it
        has left.
        """
        admitted(request, "collect:write")
        key = id_in(item, "There is no such quarantined record.")
        receipt = await release(key, _corrected(await request.body()))
        return Response(msgspec.json.encode(receipt), media_type="application/json")

    return router


def _corrected(body: bytes) -> bytes | None:
    if not body.strip():
        return None
    try:
        body.decode()
        given = bytes(msgspec.json.decode(body, type=ReleaseBody).record)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        raise MalformedInput('The body must be empty or {"record": {...}}.') from None
    return None if given in (b"", b"null") else given


def _view(row: tuple[Any, bytes]) -> QuarantineItem:
    item, clear = row
    return QuarantineItem(
        id=item.id,
        record_id=item.record_id,
        source=item.source,
        reasons=[
            QuarantineReason(code=one.code, pointer=one.pointer, detail=one.detail)
            for one in decode_reasons(item.reasons)
        ],
        received_at=moments.moment_of(item.received_at),
        record=masked(clear),
    )
