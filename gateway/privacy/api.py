"""The doors of data subjects' rights."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.consent.service import person_meant
from gateway.parts import parts_of, shown_id
from gateway.privacy import repository, service
from gateway.privacy.copies import collect, zipped
from gateway.privacy.domain import SERVICES, Kind, State
from gateway.privacy.schemas import Answer, CertificateView, Filed, NewRequest, RequestPage, RequestView
from kernel.errors import NotFound
from kernel.web.doors import caller_of, id_in
from kernel.web.pages import Cursor, Limit, decode_key, page

OFFICER = "privacy:manage"

Decide = Callable[[AsyncConnection, str], Awaitable[sa.Row[Any]]]


router = APIRouter(tags=["privacy"])


@router.post("/v1/privacy-requests", status_code=202, response_model=Filed)
async def post_request(request: Request, body: NewRequest) -> dict[str, Any]:
    """File what a person asks for. Filed by a privacy officer it runs at once, else it waits for one.

    404 where nobody is known by these identifiers, 410 for an erased person.
    """
    parts, caller = parts_of(request), caller_of(request)
    subject = await person_meant(parts, caller, body.subject_id, body.identifiers, create=False)
    async with parts.database.transaction() as tx:
        request_id = await service.file(
            tx, body.type, subject, by=caller.client_id, purposes=body.purposes or (), reason=body.reason,
            days=parts.working_days, processors=parts.settings.has_processors,
        )  # fmt: skip
        if OFFICER in caller.scopes:
            await service.approve(tx, request_id, caller.client_id)
        row = await repository.find(tx, request_id)
        await record(tx, parts.audit_key, [_entry(request, row, f"filed {body.type}")])
    return {key: getattr(row, key) for key in Filed.model_fields}


@router.get("/v1/privacy-requests", response_model=RequestPage)
async def get_requests(
    request: Request,
    state: State | None = None,
    subject_id: Annotated[str | None, Query(max_length=40)] = None,
    overdue: Annotated[bool, Query(description="Only those whose clock has run out.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Requests, the newest first."""
    now = datetime.now(UTC)
    async with parts_of(request).database.snapshot() as connection:
        after = decode_key(cursor)
        rows = await repository.page_of(
            connection, state, now if overdue else None, after, limit + 1, subject=subject_id
        )
        views = {row.id: await _view(request, connection, row) for row in rows}
    return page(rows, limit, lambda row: row.id, lambda row: views[row.id])


@router.get("/v1/privacy-requests/{request_id}", response_model=RequestView)
async def get_request(request: Request, request_id: str) -> dict[str, Any]:
    """A request as it stands, with its clocks and, for an erasure, who has confirmed."""
    async with parts_of(request).database.snapshot() as connection:
        row = await repository.find(connection, id_in(request_id, service.NO_REQUEST))
        if row is None:
            raise NotFound(service.NO_REQUEST)
        return await _view(request, connection, row)


@router.post("/v1/privacy-requests/{request_id}/acknowledge", response_model=RequestView)
async def acknowledge_request(request: Request, request_id: str) -> dict[str, Any]:
    """Say that the person was told that it came in. 409 where it was decided already: deciding acknowledges."""
    return await _decided(request, request_id, "acknowledged", service.acknowledge)


@router.post("/v1/privacy-requests/{request_id}/approve", response_model=RequestView)
async def approve_request(request: Request, request_id: str) -> dict[str, Any]:
    """Carry it out. 409 where it was decided already."""
    by = caller_of(request).client_id
    return await _decided(request, request_id, "approved", partial(service.approve, by=by))


@router.post("/v1/privacy-requests/{request_id}/refuse", response_model=RequestView)
async def refuse_request(request: Request, request_id: str, body: Answer) -> dict[str, Any]:
    """Refuse it, with the reason that the person is told. 409 where it was decided already."""
    return await _decided(request, request_id, "refused", partial(service.refuse, reason=body.reason))


@router.post("/v1/privacy-requests/{request_id}/extend", response_model=RequestView)
async def extend_request(request: Request, request_id: str, body: Answer) -> dict[str, Any]:
    """Take the one extension of its clock, with the reason that the person is told."""
    decide = partial(service.extend, reason=body.reason, processors=parts_of(request).settings.has_processors)
    return await _decided(request, request_id, "extended", decide)


@router.post("/v1/privacy-requests/{request_id}/complete", response_model=RequestView)
async def complete_request(request: Request, request_id: str, body: Answer) -> dict[str, Any]:
    """Say that a rectification was done, and how."""
    return await _decided(request, request_id, "completed", partial(service.complete, answer=body.reason))


@router.get(
    "/v1/privacy-requests/{request_id}/export",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "JSON and CSV by service."}},
)
async def get_export(request: Request, request_id: str) -> Response:
    """Everything that is held about the person, in every service, once. 409 where it was handed out already."""
    parts, wanted = parts_of(request), id_in(request_id, service.NO_REQUEST)
    async with parts.database.snapshot() as connection:
        origins = await service.origins_of(connection, wanted)
    copy = await collect(parts, request.app.state.chassis, origins)
    async with parts.database.transaction() as tx:
        row = await service.take_copy(tx, wanted)
        await record(tx, parts.audit_key, [_entry(request, row, f"exported {row.kind}")])
    told = {"content-disposition": f'attachment; filename="copy-{wanted}.zip"'}
    return Response(zipped(copy), media_type="application/zip", headers=told)


@router.get("/v1/privacy-requests/{request_id}/certificate", response_model=CertificateView)
async def get_certificate(request: Request, request_id: str) -> dict[str, Any]:
    """What an erasure destroyed where and when, signed. 409 until every service has confirmed."""
    parts, wanted = parts_of(request), id_in(request_id, service.NO_REQUEST)
    async with parts.database.snapshot() as connection:
        row = await repository.find(connection, wanted)
        subject = shown_id(request, row.subject) if row else ""
        return await service.certificate(connection, wanted, subject, parts.signing)


async def _decided(request: Request, request_id: str, word: str, decide: Decide) -> dict[str, Any]:
    parts, wanted = parts_of(request), id_in(request_id, service.NO_REQUEST)
    async with parts.database.transaction() as tx:
        row = await decide(tx, wanted)
        await record(tx, parts.audit_key, [_entry(request, row, f"{word} {row.kind}")])
        after = await repository.find(tx, wanted)
        return await _view(request, tx, after)


def _entry(request: Request, row: Any, reason: str) -> Entry:
    return Entry(caller_of(request).client_id, "privacy", "allow", reason, row.subject, decision_id=row.id)


async def _view(request: Request, tx: AsyncConnection, row: Any) -> dict[str, Any]:
    confirmed = {}
    if row.kind == Kind.ERASE:
        told = {one.service: one.at for one in await repository.confirmations_of(tx, row.id)}
        confirmed = {name: told.get(name) for name in SERVICES}
    is_open = row.state in (State.RECEIVED, State.RUNNING)
    return {
        **row._asdict(),
        "type": row.kind,
        "subject_id": shown_id(request, row.subject),
        "purposes": row.purposes.split(),
        "overdue": is_open and row.due_at < datetime.now(UTC),
        "acknowledge_overdue": is_open and not row.acknowledged_at and row.acknowledge_by < datetime.now(UTC),
        "confirmations": confirmed,
    }
