"""HTTP doors of alerts."""

import time
from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.social.access import READING
from services.social.alerts import service
from services.social.alerts.schemas import AlertMade, AlertPage, NewAlert, view


def alerts_router(database: Database, key: bytes, on_made: Callable[[], None]) -> APIRouter:
    """Routes of alerts; `key` seals their secrets, `on_made` is called after one is committed."""
    router = APIRouter(tags=["social"])

    @router.post("/v1/social/alerts", status_code=201, openapi_extra=needs("admin"))
    async def post_alert(request: Request, body: NewAlert) -> AlertMade:
        """Tell a webhook of days out of the ordinary, with what explains them; looked at every ten minutes.

        Signed by Standard Webhooks. A day is told once, with one `webhook-id` however often it has to be tried; after
        a call it is quiet for `cooldown_hours`. Spam, seeding and adverts do not count. 404 for an unknown topic.
        """
        admitted(request, "admin")
        now_ms = time.time_ns() // 1_000_000
        async with database.transaction() as tx:
            alert_id, secret = await service.register(
                tx, key, body.topic, body.url, body.cooldown_hours, now_ms
            )
        on_made()
        return AlertMade(id=alert_id, secret=secret)

    @router.get("/v1/social/alerts", openapi_extra=needs(READING))
    async def get_alerts(request: Request, limit: Limit = 100, cursor: Cursor = None) -> AlertPage:
        """Alerts with when they last told something, oldest first."""
        admitted(request, READING)
        position = decode_cursor(cursor, UUID)
        async with database.snapshot() as connection:
            rows = await service.list_alerts(connection, None if position is None else str(position), limit)
        return AlertPage(**page(rows, limit, lambda row: row.alert_id, view))

    @router.post("/v1/social/alerts/{alert_id}/close", status_code=204, openapi_extra=needs("admin"))
    async def post_alert_close(request: Request, alert_id: str) -> None:
        """Close an alert; its secret is destroyed."""
        admitted(request, "admin")
        async with database.transaction() as tx:
            await service.close_alert(tx, id_in(alert_id, service.NOTHING))

    return router
