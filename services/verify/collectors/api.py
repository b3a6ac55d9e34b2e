"""`GET /v1/verify/collectors`, `GET /v1/verify/reviews` and `POST /v1/verify/reviews/{record_id}`."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.verify.access import OVERSIGHT
from services.verify.collectors import domain
from services.verify.collectors.queue import list_doubted
from services.verify.collectors.schemas import Collectors, Reviews, ReviewView, Verdict
from services.verify.collectors.service import list_collectors, review_record

_SHOWN = ("record_id", "collector", "at", "score", "reasons", "state", "reviewed_at")


def collector_routes(database: Database, clock: Callable[[], datetime]) -> APIRouter:
    """The doors of this slice."""
    router = APIRouter(tags=["verify"])

    @router.get("/v1/verify/collectors", response_model=Collectors, openapi_extra=needs(OVERSIGHT))
    async def show_collectors(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
        """How each collector works, with the reasons of every doubt."""
        admitted(request, OVERSIGHT)
        after = decode_cursor(cursor, str) or ""
        async with database.snapshot() as connection:
            rows = await list_collectors(connection, after, limit + 1, clock())
        return page(rows, limit, lambda row: row[0].collector, _view)

    @router.get("/v1/verify/reviews", response_model=Reviews, openapi_extra=needs(OVERSIGHT))
    async def show_reviews(
        request: Request,
        state: Literal["open", "false", "honest"] = "open",
        collector: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        """Records that a rule doubts, with the reasons; a person decides."""
        admitted(request, OVERSIGHT)
        after = decode_cursor(cursor, UUID)
        async with database.snapshot() as connection:
            rows = await list_doubted(connection, state, collector, str(after) if after else None, limit + 1)
        return page(rows, limit, lambda row: row.record_id, _review)

    @router.post("/v1/verify/reviews/{record_id}", response_model=ReviewView, openapi_extra=needs(OVERSIGHT))
    async def judge_record(request: Request, record_id: str, body: Verdict) -> dict[str, Any]:
        """Say what a person found of a doubted record. 404 where none waits under this id."""
        caller = admitted(request, OVERSIGHT)
        known = id_in(record_id, "No record waits for a review under this id.")
        async with database.transaction() as tx:
            row = await review_record(tx, known, body.verdict, caller.client_id, clock())
        return _review(row)

    return router


def _view(row: tuple[domain.Conduct, domain.Verdict]) -> dict[str, Any]:
    conduct, verdict = row
    return {
        "id": conduct.collector,
        "n": conduct.records,
        "score": verdict.score,
        "flagged": verdict.flagged,
        "reasons": [reason._asdict() for reason in verdict.reasons],
    }


def _review(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}
