"""HTTP doors of imports of mentions."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from kernel.spreadsheets import csv_lines
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from kernel.web.upload import Upload
from services.social.access import READING, WRITING
from services.social.imports import repository, service
from services.social.imports.domain.tables import Asked
from services.social.imports.schemas import (
    MentionImport,
    MentionImportPage,
    MentionPreview,
    asked_in,
    preview_of,
    upload_body,
    view,
)
from services.social.imports.service import ImportDesk

IMPORTS, PREVIEW = "/v1/mentions/imports", "/v1/mentions/imports/preview"


def imports_router(desk: ImportDesk) -> APIRouter:
    """Routes of imports."""
    router = APIRouter(tags=["social"])
    form: dict[str, Any] = {"requestBody": upload_body()}

    @router.post(IMPORTS, status_code=201, openapi_extra={**needs(WRITING), **form})
    async def post_mention_import(request: Request) -> MentionImport:
        """Take in a file of reviews or comments: app stores, Google Maps, Shopee, TikTok Shop, Lazada, Tiki, TikTok, or
        any table with a column for the text or the rating and one for the time.

        All rows are durable when this answers; a bad one is quarantined and stands in `errors.csv`. The same file
        again brings nothing twice, also after a failure in between. 422 where the file cannot be read.
        """
        caller = admitted(request, WRITING)
        content, asked = await _received(request)
        return view(await desk.run(content, asked, caller.client_id))

    @router.post(PREVIEW, openapi_extra={**needs(WRITING), **form})
    async def post_mention_preview(request: Request) -> MentionPreview:
        """How a file is understood, and what its first rows would be stored as. Nothing is kept."""
        admitted(request, WRITING)
        return preview_of(await desk.preview(*await _received(request)))

    @router.get(IMPORTS, openapi_extra=needs(READING))
    async def get_mention_imports(
        request: Request, limit: Limit = 100, cursor: Cursor = None
    ) -> MentionImportPage:
        """Imports, newest first."""
        admitted(request, READING)
        position = decode_cursor(cursor, UUID)
        async with desk.database.snapshot() as connection:
            rows = await repository.select_page(
                connection, None if position is None else str(position), limit + 1
            )
        return MentionImportPage(**page(rows, limit, lambda row: row.import_id, view))

    @router.get(IMPORTS + "/{import_id}", openapi_extra=needs(READING))
    async def get_mention_import(request: Request, import_id: str) -> MentionImport:
        """What became of a file."""
        admitted(request, READING)
        async with desk.database.snapshot() as connection:
            return view(await service.find_import(connection, id_in(import_id, service.NOTHING)))

    @router.get(
        IMPORTS + "/{import_id}/errors.csv",
        openapi_extra=needs(READING),
        response_class=Response,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    async def get_mention_errors(request: Request, import_id: str) -> Response:
        """`row,column,code,detail` of rows that a person should look at, the first thousand; no value of the file."""
        admitted(request, READING)
        async with desk.database.snapshot() as connection:
            row = await service.find_import(connection, id_in(import_id, service.NOTHING))
        lines = csv_lines([("row", "column", "code", "detail"), *service.problems_in(row.problems)])
        return Response(lines, media_type="text/csv; charset=utf-8")

    return router


async def _received(request: Request) -> tuple[bytes, Asked]:
    """The file, held in memory alone (what people wrote never rests on a disk in clear), and what is said of it."""
    content = BytesIO()
    upload = Upload(content)
    await upload.take(request.headers.get("content-type", ""), _chunks(request))
    return content.getvalue(), asked_in(upload.fields)


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk
