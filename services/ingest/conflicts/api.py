"""HTTP doors of conflicts."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest import moments
from services.ingest.conflicts.domain import differences
from services.ingest.conflicts.schemas import Conflict, ConflictPage, Resolution, Resolved
from services.ingest.quarantine.domain import CONTESTED, Sought, masked
from services.ingest.quarantine.service import Shown, page_of
from services.ingest.records.domain.receipts import Receipt
from services.ingest.vault.service import Vault


class Desk(Protocol):
    """Who chooses between versions; see `services.ingest.records.desk`."""

    async def resolve(self, item: str, keep: str, by: str) -> Receipt | None: ...
    async def versions_of(
        self, tx: AsyncConnection, rows: Sequence[Any]
    ) -> Mapping[tuple[str, str], bytes]: ...


def conflict_router(database: Database, vault: Vault, desk: Desk) -> APIRouter:
    """Routes of conflicts."""
    router = APIRouter(tags=["quarantine"])

    @router.get("/v1/conflicts", openapi_extra=needs("collect:write"))
    async def get_conflicts(
        request: Request, source: str | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> ConflictPage:
        """Records that came again with other content, both versions masked, oldest first."""
        admitted(request, "collect:write")
        after = decode_cursor(cursor, tuple[int, Key])
        async with database.snapshot() as connection:
            rows = await page_of(connection, vault, Sought(CONTESTED, source), after, limit + 1)
            stored = await desk.versions_of(connection, [shown.row for shown in rows])
        return ConflictPage(
            **page(
                rows,
                limit,
                lambda shown: (shown.row.received_at, shown.row.id),
                lambda shown: _view(shown, stored),
            )
        )

    @router.post("/v1/conflicts/{conflict}/resolve", openapi_extra=needs("collect:write"))
    async def post_resolution(request: Request, conflict: str, body: Resolution) -> Resolved:
        """Keep the stored version, or let the incoming one take its place; who chose is kept with both hashes.

        The incoming version is judged like any record, and its event says what it `supersedes`. 404 for an unknown
        conflict, 409 once it is resolved.
        """
        caller = admitted(request, "collect:write")
        key = id_in(conflict, "There is no such conflict.")
        receipt = await desk.resolve(key, body.keep, caller.client_id)
        if receipt is None:
            return Resolved(id=key, kept="stored", status="dismissed")
        return Resolved(
            id=key,
            kept="incoming" if receipt.status == "accepted" else "stored",
            status=receipt.status,
            record_id=receipt.id,
            reasons=[msgspec.to_builtins(one) for one in receipt.reasons] if receipt.reasons else None,
        )

    return router


def _view(shown: Shown, stored: Mapping[tuple[str, str], bytes]) -> Conflict:
    row, incoming = shown.row, shown.clear or b"null"
    known = stored.get((row.record_id or "", row.source or ""))
    return Conflict(
        id=row.id,
        record_id=row.record_id,
        source=row.source,
        kind=row.kind,
        received_at=moments.moment_of(row.received_at),
        stored=None if known is None else masked(known),
        incoming=masked(incoming),
        differs=differences(known or b"null", incoming),
    )
