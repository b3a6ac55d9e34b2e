"""`GET /v1/verify/alerts` and `GET /v1/verify/guard`."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Limit, Moment, decode_cursor, page
from services.verify.access import OVERSIGHT
from services.verify.fraud.domain import RULES, Thresholds
from services.verify.fraud.schemas import Alerts, GuardView
from services.verify.fraud.service import list_alerts


def fraud_routes(database: Database, mode: str, thresholds: Thresholds, caps: Mapping[str, int]) -> APIRouter:
    """The doors of this slice."""
    router = APIRouter(tags=["verify"])

    @router.get("/v1/verify/alerts", response_model=Alerts, openapi_extra=needs(OVERSIGHT))
    async def show_alerts(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
        """What the guard doubted, the newest first; in shadow mode nothing of it was blocked."""
        admitted(request, OVERSIGHT)
        before = decode_cursor(cursor, tuple[Moment, str, str])
        async with database.snapshot() as connection:
            rows = await list_alerts(connection, before, limit + 1)
        return page(
            rows, limit, lambda row: (row.bucket, row.rule, row.scope), lambda row: dict(row._mapping)
        )

    @router.get("/v1/verify/guard", response_model=GuardView, openapi_extra=needs(OVERSIGHT))
    async def show_guard(request: Request) -> dict[str, Any]:
        """The published rules, their thresholds and the caps, as the settings have them."""
        admitted(request, OVERSIGHT)
        return {"mode": mode, "rules": RULES, "thresholds": thresholds._asdict(), "caps": dict(caps)}

    return router
