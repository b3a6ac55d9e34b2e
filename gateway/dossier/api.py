"""The doors of the record of processing and the drafts made of it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.dossier import service
from gateway.dossier.documents import TYPES, rendered
from gateway.dossier.schemas import Breach, Inventory
from gateway.dossier.sections import Document, breach_report, impact_dossier
from gateway.parts import parts_of
from kernel.web.doors import caller_of

router = APIRouter(tags=["oversight"])

Format = Annotated[Literal["docx", "pdf"], Query(description="Word to work on, PDF to send.")]
FILES: Mapping[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES.values()}}
}


@router.get("/v1/inventory", response_model=Inventory)
async def read_inventory(request: Request) -> dict[str, Any]:
    """The record of processing: what is held, for what, from where, who may see it, how long, and what protects it.

    Generated from the catalogue, sources, notices, clients, register and retention rules as they are now.
    """
    return await service.inventory(parts_of(request))


@router.get("/v1/inventory/dossier", response_class=Response, responses={**FILES})
async def draft_dossier(request: Request, format: Format = "docx") -> Response:  # noqa: A002 - the query's name
    """A draft of the impact dossier in Vietnamese, from the record of processing. Counsel must confirm it."""
    return await _draft(request, impact_dossier, format, "dossier", "drafted impact dossier")


@router.post("/v1/breach-reports", response_class=Response, responses={**FILES})
async def draft_breach_report(request: Request, body: Breach, format: Format = "docx") -> Response:  # noqa: A002 - the query's name
    """A draft of the 72-hour report of a breach in Vietnamese: whom and what it reached is read from the audit trail."""
    breach = await service.breach_of(parts_of(request), body)

    def made(facts: Mapping[str, Any]) -> Document:
        return breach_report(facts, breach, datetime.now(UTC))

    return await _draft(request, made, format, "breach", "drafted breach report")


async def _draft(
    request: Request, make: Callable[[Mapping[str, Any]], Document], kind: str, name: str, reason: str
) -> Response:
    parts, caller = parts_of(request), caller_of(request)
    facts = await service.inventory(parts)
    content = await run_in_threadpool(rendered, make(facts), kind)
    async with parts.database.transaction() as tx:
        await record(tx, parts.audit_key, [Entry(caller.client_id, "privacy", "allow", reason)])
    told = {"content-disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(content, media_type=TYPES[kind], headers=told)
