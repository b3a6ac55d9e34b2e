"""The doors of the audit trail."""

import json
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from gateway.audit import repository, service
from gateway.audit.exports import export_lines
from gateway.audit.schemas import AuditPage, AuditVerdict, CheckpointPage, ReadsList
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
            before=decode_cursor(cursor, str),
            limit=limit + 1,
        )
    return page(rows, limit, lambda row: row.id, _view)


@router.get("/v1/audit/reads", response_model=ReadsList)
async def read_disclosures(
    request: Request,
    *,
    subject_id: Annotated[str | None, Query(max_length=40)] = None,
    client_id: Annotated[str | None, Query(max_length=64)] = None,
    purpose: Annotated[str | None, Query(max_length=20)] = None,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Who was shown which fields of whom, for what, and how often: the latest first. Refusals are in `/v1/audit`."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await repository.count_reads(
            connection,
            subjects=[canonical_id(subject_id) or subject_id] if subject_id else None,
            client_id=client_id,
            purpose=purpose,
            since=since,
            limit=limit,
        )
    return {"items": [_reads(row) for row in rows]}


@router.get("/v1/audit/verify", response_model=AuditVerdict)
async def verify_audit_trail(request: Request) -> dict[str, Any]:
    """Recompute the chains: `ok` where no entry was changed, moved or taken out since it was written."""
    parts = parts_of(request)
    return (await service.verify_trail(parts.database, parts.audit_key, parts.signing))._asdict()


@router.get("/v1/audit/checkpoints", response_model=CheckpointPage)
async def list_checkpoints(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """Signed ends of the chains, one for each minute with entries: keep the last one elsewhere, and nothing that it
    saw can be taken away unnoticed."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await repository.checkpoints(connection, decode_cursor(cursor, int) or 0, limit + 1)
    return page(rows, limit, lambda row: row.number, lambda row: row._asdict())


@router.get(
    "/v1/audit/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
)
async def export_audit_trail(
    request: Request,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
) -> StreamingResponse:
    """Entries as JSON lines, each linked to the one before; the last line is signed over all of them.

    Check the file offline: `chandung audit verify FILE --jwks JWKS`.
    """
    parts = parts_of(request)
    lines = export_lines(parts.database, parts.signing, since, until)
    told = {"content-disposition": 'attachment; filename="audit.ndjson"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=told)


def _reads(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "client_id": row.client_id,
        "subject_id": row.subject,
        "purpose": row.purpose,
        "action": row.action,
        "fields": json.loads(row.fields),
        "times": row.times,
        "first_at": row.first_at,
        "last_at": row.last_at,
    }


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
        "context": row.context,
    }
