"""HTTP doors of imports."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from kernel.spreadsheets import csv_lines
from kernel.store.engine import Database
from kernel.web.doors import admitted, admitted_service, id_in, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest import moments
from services.ingest.imports import repository, service
from services.ingest.imports.domain.lines import Problem
from services.ingest.imports.domain.work import PREVIEWED
from services.ingest.imports.noting import problems_of_drafts
from services.ingest.imports.runner import ImportRunner
from services.ingest.imports.schemas import (
    ImportPage,
    ImportStarted,
    ImportView,
    PeopleView,
    PersonView,
    PreviewView,
    upload_body,
)
from services.ingest.imports.service import ImportDesk, Preview

IMPORTS, PREVIEW = "/v1/imports", "/v1/imports/preview"
NOTHING = "There is no such import."


def import_router(database: Database, desk: ImportDesk, runner: ImportRunner) -> APIRouter:
    """Routes of imports."""
    router = APIRouter(tags=["imports"])
    form = {"requestBody": upload_body()}

    @router.post(IMPORTS, status_code=202, openapi_extra={**needs("collect:write"), **form})
    async def post_import(request: Request) -> ImportStarted:
        """Take a file in: it is looked at now and read in the background; see `GET /v1/imports/{id}`.

        The same file again brings nothing twice. 422 where it cannot be read, or the mapping does not fit it.
        """
        caller = admitted(request, "collect:write")
        async with desk.received(request.headers.get("content-type", ""), request.stream()) as received:
            layout = await desk.look(received)
            key = await desk.start(received, layout, caller.client_id)
        return ImportStarted(id=key, state="queued")

    @router.post(PREVIEW, openapi_extra={**needs("collect:write"), **form})
    async def post_preview(request: Request) -> PreviewView:
        """What the file's first rows would be stored as, how its columns are understood, and what is wrong with them.

        Nothing is kept.
        """
        admitted(request, "collect:write")
        async with desk.received(request.headers.get("content-type", ""), request.stream()) as received:
            found = await desk.preview(received)
        return _preview(found, runner)

    _add_readers(router, database, desk, runner)
    return router


def _add_readers(router: APIRouter, database: Database, desk: ImportDesk, runner: ImportRunner) -> None:
    """The doors to imports that were taken in."""

    @router.get(IMPORTS, openapi_extra=needs("collect:write"))
    async def get_imports(request: Request, limit: Limit = 50, cursor: Cursor = None) -> ImportPage:
        """Every import, newest first."""
        admitted(request, "collect:write")
        after = decode_cursor(cursor, tuple[int, Key])
        async with database.snapshot() as connection:
            rows = await repository.page_of_imports(connection, after, limit + 1)
        return ImportPage(**page(rows, limit, lambda row: (row.created_at, row.id), _view))

    @router.get("/v1/imports/{import_id}", openapi_extra=needs("collect:write"))
    async def get_import(request: Request, import_id: str) -> ImportView:
        """How far an import is, and what became of its records."""
        admitted(request, "collect:write")
        async with database.snapshot() as connection:
            return _view(await service.find_import(connection, id_in(import_id, NOTHING)))

    @router.get(
        "/v1/imports/{import_id}/errors.csv",
        openapi_extra=needs("collect:write"),
        response_class=StreamingResponse,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    async def get_errors(request: Request, import_id: str) -> StreamingResponse:
        """`row,column,code,detail` of everything that a person should look at; no line holds a value of the file."""
        admitted(request, "collect:write")
        async with database.snapshot() as connection:
            row = await service.find_import(connection, id_in(import_id, NOTHING))
        lines = _error_lines(database, row.id, (await desk.plan_of(row)).columns)
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8")

    @router.post("/v1/imports/{import_id}/undo", status_code=202, openapi_extra=needs("collect:write"))
    async def post_undo(request: Request, import_id: str) -> ImportStarted:
        """Take back exactly what the import brought, here and in every service; the state is `undone` once it is gone.

        A running import stops first. What was there before, or came from elsewhere since, stays. Again is no error.
        """
        admitted(request, "collect:write")
        key = id_in(import_id, NOTHING)
        async with database.transaction() as tx:
            await service.ask_undo(tx, key)
        runner.wake()
        state = await runner.settled(key)
        return ImportStarted(id=key, state=state)

    @router.get("/internal/imports/{import_id}/people", tags=["internal"])
    async def get_people(request: Request, import_id: str, after: int = 0) -> PeopleView:
        """Whom an import's records are about, group by group; for services only."""
        admitted_service(request)
        async with database.snapshot() as connection:
            row = await service.find_import(connection, id_in(import_id, NOTHING))
            people, more = await service.people_of(connection, row.id, after)
        return PeopleView(items=[PersonView(row=row, subject_id=who) for row, who in people], next=more)


def _view(row: Any) -> ImportView:
    return ImportView(
        **{
            name: getattr(row, name)
            for name in ("id", "state", "total", "source", "kind", "preset", "reason")
        },
        **{name: getattr(row, name) for name in repository.COUNTS},
        created_at=moments.moment_of(row.created_at),
        finished_at=None if row.finished_at is None else moments.moment_of(row.finished_at),
    )


def _preview(found: Preview, runner: ImportRunner) -> PreviewView:
    layout, block = found
    names = [one.column for one in layout.columns]
    drafts = runner.intake.draft(block.records, None)
    more = problems_of_drafts(drafts, block.rows, [one.field for one in layout.columns])
    problems = sorted([*block.problems, *more], key=lambda one: one.row)
    return PreviewView(
        **{name: getattr(layout, name) for name in ("encoding", "separator", "sheet", "preset", "kind")},
        columns=[one._asdict() for one in layout.columns],
        rows=[msgspec.json.decode(raw) for raw in block.records[:PREVIEWED]],
        problems=[
            {"row": one.row, "column": _name(one, names), "code": one.code, "detail": one.detail}
            for one in problems
        ],
    )


def _name(problem: Problem, names: list[str]) -> str | None:
    return None if problem.column is None else names[problem.column]


async def _error_lines(database: Database, key: str, columns: list[str]) -> AsyncIterator[str]:
    yield csv_lines([("row", "column", "code", "detail")])
    after = 0
    while True:
        async with database.snapshot() as connection:
            groups = await repository.groups_of(connection, key, after, 20)
        if not groups:
            return
        for group in groups:
            after = group.upto
            told = service.problems_in(group.brought)
            yield csv_lines((one.row, _name(one, columns), one.code, one.detail) for one in told)
