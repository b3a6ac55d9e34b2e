"""HTTP doors of the quarantine."""

from typing import Annotated, Any, Protocol

import msgspec
from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import FieldError, InvalidInput, MalformedInput
from kernel.ids import canonical_id
from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest.quarantine.domain import Sought, State
from services.ingest.quarantine.schemas import (
    Code,
    Dismissal,
    Job,
    NewJob,
    QuarantinePage,
    QuarantineStory,
    item_view,
    job_view,
    micros,
    story_view,
)
from services.ingest.quarantine.service import page_of, tell_item
from services.ingest.vault.service import Vault

NOTHING = "There is no such quarantined record."


class Desk(Protocol):
    """Who judges, drops and works off jobs; see `services.ingest.records.desk`."""

    async def release(self, item: str, corrected: bytes | None, by: str) -> msgspec.Struct: ...
    async def dismiss(self, item: str, by: str, note: str) -> None: ...
    async def start(
        self, tx: AsyncConnection, action: str, sought: Sought, note: str | None, by: str
    ) -> str: ...
    async def progress(self, tx: AsyncConnection, key: str) -> Any: ...
    def wake(self) -> None: ...


_RELEASE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"record": {"type": "object", "description": "The corrected record."}},
                }
            }
        },
    }
}


class ReleaseBody(msgspec.Struct):
    """`record` corrects the one that waits."""

    record: msgspec.Raw = msgspec.Raw()


def quarantine_router(
    database: Database, vault: Vault, desk: Desk, receipt_schema: dict[str, Any]
) -> APIRouter:
    """Routes of the quarantine."""
    router = APIRouter(tags=["quarantine"])
    _add_lists(router, database, vault)
    _add_jobs(router, database, desk)

    @router.post(
        "/v1/quarantine/{item}/release",
        openapi_extra={**needs("collect:write"), **_RELEASE_BODY},
        responses={200: {"content": {"application/json": {"schema": receipt_schema}}}},
    )
    async def post_release(request: Request, item: str) -> Response:
        """Judge a waiting record again, or `{"record": corrected}` in its place, and answer with its receipt.

        Still bad, the receipt says `quarantined` and the record waits on. 404 for an unknown item, 409 once it
        has left.
        """
        caller = admitted(request, "collect:write")
        key = id_in(item, NOTHING)
        receipt = await desk.release(key, _corrected(await request.body()), caller.client_id)
        return Response(msgspec.json.encode(receipt), media_type="application/json")

    @router.post("/v1/quarantine/{item}/dismiss", openapi_extra=needs("collect:write"))
    async def post_dismiss(request: Request, item: str, body: Dismissal) -> QuarantineStory:
        """Drop a waiting or contested record for good, with the reason: its key is destroyed, the lineage stays.

        404 for an unknown item, 409 once it has left.
        """
        caller = admitted(request, "collect:write")
        key = id_in(item, NOTHING)
        await desk.dismiss(key, caller.client_id, body.reason)
        async with database.snapshot() as connection:
            return story_view(*await tell_item(connection, vault, key))

    return router


def _add_lists(router: APIRouter, database: Database, vault: Vault) -> None:
    @router.get("/v1/quarantine", openapi_extra=needs("collect:write"))
    async def get_quarantine(
        request: Request,
        state: State = "waiting",
        source: str | None = None,
        reason: Code | None = None,
        kind: str | None = None,
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> QuarantinePage:
        """Records that wait (or left as `state` says), oldest first, masked, with the reasons.

        `reason` is one of their codes; `from` and `to` are times of receipt, `to` excluded.
        """
        admitted(request, "collect:write")
        after = decode_cursor(cursor, tuple[int, Key])
        sought = Sought(state, source, reason, kind, micros(since), micros(until))
        async with database.snapshot() as connection:
            rows = await page_of(connection, vault, sought, after, limit + 1)
        return QuarantinePage(
            **page(rows, limit, lambda shown: (shown.row.received_at, shown.row.id), item_view)
        )

    @router.get("/v1/quarantine/{item}", openapi_extra=needs("collect:write"))
    async def get_item(request: Request, item: str) -> QuarantineStory:
        """One item, masked, with who did what to it and when; contents only as keyed hashes."""
        admitted(request, "collect:write")
        async with database.snapshot() as connection:
            return story_view(*await tell_item(connection, vault, id_in(item, NOTHING)))


def _add_jobs(router: APIRouter, database: Database, desk: Desk) -> None:
    @router.post("/v1/quarantine/jobs", status_code=202, openapi_extra=needs("collect:write"))
    async def post_job(request: Request, body: NewJob) -> Job:
        """Release or dismiss many waiting records: `ids`, or all that match `filter` now.

        Works on in the background, also over a restart, each record once. What is still bad waits on.
        """
        caller = admitted(request, "collect:write")
        if (body.ids is None) == (body.filter is None):
            raise InvalidInput("Give either ids or a filter.", errors=[FieldError("/ids", "Or /filter.")])
        if body.action == "dismiss" and body.reason is None:
            raise InvalidInput("Say why.", errors=[FieldError("/reason", "Required to dismiss.")])
        ids = None if body.ids is None else tuple(key for one in body.ids if (key := canonical_id(one)))
        async with database.transaction() as tx:
            key = await desk.start(tx, body.action, body.sought(ids), body.reason, caller.client_id)
            row = await desk.progress(tx, key)
        desk.wake()
        return job_view(row)

    @router.get("/v1/quarantine/jobs/{job}", openapi_extra=needs("collect:write"))
    async def get_job(request: Request, job: str) -> Job:
        """How far a job is, and what became of the records so far."""
        admitted(request, "collect:write")
        async with database.snapshot() as connection:
            return job_view(await desk.progress(connection, id_in(job, "There is no such job.")))


def _corrected(body: bytes) -> bytes | None:
    if not body.strip():
        return None
    try:
        body.decode()
        given = bytes(msgspec.json.decode(body, type=ReleaseBody).record)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        raise MalformedInput('The body must be empty or {"record": {...}}.') from None
    return None if given in (b"", b"null") else given
