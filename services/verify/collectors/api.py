"""`GET /v1/verify/collectors`."""

from typing import Any

from fastapi import APIRouter, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.verify.access import OVERSIGHT
from services.verify.collectors.domain import Conduct, Verdict
from services.verify.collectors.schemas import Collectors
from services.verify.collectors.service import list_collectors


def collector_routes(database: Database) -> APIRouter:
    """The door of this slice."""
    router = APIRouter(tags=["verify"])

    @router.get("/v1/verify/collectors", response_model=Collectors, openapi_extra=needs(OVERSIGHT))
    async def show_collectors(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
        """How each collector works, with the reasons of every doubt."""
        admitted(request, OVERSIGHT)
        after = decode_cursor(cursor, str) or ""
        async with database.snapshot() as connection:
            rows = await list_collectors(connection, after, limit + 1)
        return page(rows, limit, lambda row: row[0].collector, _view)

    return router


def _view(row: tuple[Conduct, Verdict]) -> dict[str, Any]:
    conduct, verdict = row
    return {
        "id": conduct.collector,
        "n": conduct.records,
        "score": verdict.score,
        "flagged": verdict.flagged,
        "reasons": [reason._asdict() for reason in verdict.reasons],
    }
