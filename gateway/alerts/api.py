"""The doors of alerts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from gateway.alerts import repository, service
from gateway.alerts.schemas import AlertPage, AlertView
from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.parts import parts_of
from kernel.web.doors import caller_of, id_in
from kernel.web.pages import Cursor, Limit, decode_cursor, page

router = APIRouter(tags=["privacy"])


@router.get("/v1/alerts", response_model=AlertPage)
async def list_alerts(
    request: Request,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What a privacy officer must look at, the newest first. Each is published on `privacy.alerted`, too."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await repository.page_of(
            connection, is_open=is_open, before=decode_cursor(cursor, str), limit=limit + 1
        )
    return page(rows, limit, lambda row: row.id, lambda row: row._asdict())


@router.post("/v1/alerts/{alert_id}/close", response_model=AlertView)
async def close_alert(request: Request, alert_id: str) -> dict[str, Any]:
    """Say that it was looked at; twice is once. 404 where there is none."""
    parts, caller = parts_of(request), caller_of(request)
    async with parts.database.transaction() as tx:
        row = await service.close_alert(tx, id_in(alert_id, "There is no such alert."))
        told = Entry(caller.client_id, "privacy", "allow", f"closed alert {row.kind}", decision_id=row.id)
        await record(tx, parts.audit_key, [told])
    closed: dict[str, Any] = row._asdict()
    return closed
