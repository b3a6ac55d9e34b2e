"""The doors of the audit trail."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request

from gateway.audit import repository, service
from gateway.audit.schemas import AuditPage, AuditVerdict
from gateway.parts import parts_of
from kernel.ids import canonical_id
from kernel.web.pages import Cursor, Limit, decode_cursor, page

router = APIRouter(tags=["oversight"])


@router.get("/v1/audit", response_model=AuditPage)
async def read_audit_trail(
    request: Request,
    *,
    subject_id: Annotated[str | None, Query(max_length=40)] = None,
    client_id: Annotated[str | None, Query(max_length=64)] = None,
    action: Annotated[str | None, Query(max_length=20)] = None,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Who did or was refused what, when, to whom and why: the newest first."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await repository.find_entries(
            connection,
            subject=(canonical_id(subject_id) or subject_id) if subject_id else None,
            client_id=client_id,
            action=action,
            since=since,
            until=until,
            before=decode_cursor(cursor, int),
            limit=limit + 1,
        )
    return page(rows, limit, lambda row: row.sequence, _view)


@router.get("/v1/audit/verify", response_model=AuditVerdict)
async def verify_audit_trail(request: Request) -> dict[str, Any]:
    """Recompute the chain: `ok` where no entry was changed or taken out since it was written."""
    parts = parts_of(request)
    return (await service.verify_chain(parts.database, parts.audit_key))._asdict()


def _view(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at,
        "client_id": row.client_id,
        "action": row.action,
        "subject_id": row.subject,
        "fields": row.fields,
        "purpose": row.purpose,
        "decision": row.decision,
        "reason": row.reason,
        "decision_id": row.decision_id,
    }
