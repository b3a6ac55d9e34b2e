"""HTTP doors of records. The two hot ones take the body as it is: it is decoded once, without pydantic."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import NotFound
from kernel.ids import canonical_id
from kernel.store.engine import Database
from kernel.web.asgi import Receive, Scope
from kernel.web.doors import admitted, admitted_service, needs, require
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest import moments
from services.ingest.identity.indexing import Indexer
from services.ingest.listing import ReceivedRow, Sought
from services.ingest.quarantine.domain import decode_reasons
from services.ingest.records.domain.reading import MAX_RECORDS, single, split_batch
from services.ingest.records.domain.receipts import Receipts
from services.ingest.records.examples import named_examples
from services.ingest.records.hot import Answer, HotDoor, read_body
from services.ingest.records.intake import Intake
from services.ingest.records.schemas import (
    RECEIPT,
    RECEIPTS,
    RECORD,
    History,
    ReasonView,
    Received,
    ReceivedPage,
    RevealBody,
    Revealed,
    TimelineBody,
    TimelineItem,
    TimelinePage,
)
from services.ingest.records.service import list_received, reveal, tell_history
from services.ingest.records.timeline import timeline_of
from services.ingest.vault.grants import read_grant
from services.ingest.vault.service import Vault

BATCH, SINGLE = "/v1/records/batch", "/v1/records"

_encode = msgspec.json.Encoder().encode
_BATCH: dict[str, Any] = {
    "type": "object",
    "required": ["records"],
    "properties": {"records": {"type": "array", "maxItems": MAX_RECORDS, "items": RECORD}},
}
Status = Literal["accepted", "duplicate", "conflict", "quarantined"]


def hot_answers(intake: Intake) -> dict[str, Answer]:
    """The answers of the two hot doors by path."""

    async def answer_batch(scope: Scope, receive: Receive) -> bytes:
        caller, body = scope["caller"], await read_body(receive)
        require(caller, "collect:write")
        return _encode(Receipts(await intake.submit(split_batch(body), caller.source)))

    async def answer_single(scope: Scope, receive: Receive) -> bytes:
        caller, body = scope["caller"], await read_body(receive)
        require(caller, "collect:write")
        return _encode((await intake.submit([single(body)], caller.source))[0])

    return {BATCH: answer_batch, SINGLE: answer_single}


def hot_records(intake: Intake) -> dict[str, HotDoor]:
    """The two hot doors."""
    return {path: HotDoor(202, answer) for path, answer in hot_answers(intake).items()}


def record_router(database: Database, intake: Intake) -> APIRouter:
    """Routes of records."""
    router = APIRouter(tags=["records"])
    answers = hot_answers(intake)

    @router.post(BATCH, status_code=202, **_hot(_BATCH, RECEIPTS, _batch_examples()))
    async def post_batch(request: Request) -> Response:
        """Take up to 1,000 records in; one receipt each, in input order, after the commit.

        A bad record never fails its batch: its receipt says `quarantined` and why. 400 where the body is not strict
        JSON of this outline, 413 above 1,000 records or 5 MB.
        """
        content = await answers[BATCH](request.scope, request.receive)
        return Response(content, 202, media_type="application/json")

    @router.post(SINGLE, status_code=202, **_hot(RECORD, RECEIPT, named_examples()))
    async def post_record(request: Request) -> Response:
        """Take one record in; its receipt, whatever its status, after the commit. 400 where it is no JSON object."""
        content = await answers[SINGLE](request.scope, request.receive)
        return Response(content, 202, media_type="application/json")

    @router.get("/v1/records/{record_id}", openapi_extra=needs("collect:write"))
    async def get_record(request: Request, record_id: str, source: str | None = None) -> History:
        """A record's receipt with its history, where it went, and its trust score with the reasons."""
        admitted(request, "collect:write")
        key = canonical_id(record_id)
        if key is None:
            raise NotFound("There is no such record.")
        async with database.snapshot() as connection:
            return await tell_history(connection, intake.rooms.vault, intake.rooms.reader, key, source)

    @router.get("/v1/records", openapi_extra=needs("collect:write"))
    async def get_records(
        request: Request,
        source: str | None = None,
        status: Status | None = None,
        kind: str | None = None,
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> ReceivedPage:
        """What was received, newest first; `from` and `to` are times of receipt, `to` excluded."""
        admitted(request, "collect:write")
        sought = Sought(source, status, kind, _micros(since), _micros(until))
        after = decode_cursor(cursor, tuple[int, Key])
        async with database.snapshot() as connection:
            rows = await list_received(connection, sought, after, limit + 1)
        return ReceivedPage(**page(rows, limit, lambda row: (row.at, row.key), _view))

    return router


def reveal_router(database: Database, vault: Vault, indexer: Indexer, secret: bytes) -> APIRouter:
    """The vault's reveal door, for services only."""
    router = APIRouter(tags=["internal"])

    @router.post("/internal/reveal")
    async def post_reveal(request: Request, body: RevealBody) -> Revealed:
        """The granted fields of one person. A grant works once, within five seconds of its making.

        403 for a bad or used grant, 404 for an unknown person, 410 for an erased one.
        """
        admitted_service(request)
        grant = read_grant(body.grant, secret)
        async with database.transaction() as tx:
            fields = await reveal(tx, vault, indexer, grant)
        return Revealed(fields=fields)

    @router.post("/internal/timeline")
    async def post_timeline(request: Request, body: TimelineBody) -> TimelinePage:
        """What happened with a person, newest first; who may know of them has been decided. 410 for an erased one."""
        admitted_service(request)
        after = decode_cursor(body.cursor, tuple[int, Key])
        async with database.snapshot() as connection:
            items = await timeline_of(connection, vault, body.origins, after, body.limit + 1)
        return TimelinePage(**page(items, body.limit, _happened, lambda item: item))

    return router


def _happened(item: TimelineItem) -> tuple[int, str]:
    return moments.micros(item.at), item.record_id


def _batch_examples() -> dict[str, Any]:
    records = [one["value"] for one in named_examples().values()]
    return {"batch": {"summary": "Mỗi loại một bản ghi", "value": {"records": records}}}


def _hot(body: dict[str, Any], answer: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": body, "examples": examples}}
    return {
        "openapi_extra": {
            **needs("collect:write"),
            "requestBody": {"required": True, "content": content},
        },
        "responses": {202: {"content": {"application/json": {"schema": answer}}}},
    }


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else moments.micros(moment)


def _view(row: ReceivedRow) -> Received:
    reasons = decode_reasons(row.reasons) if row.reasons else None
    return Received(
        id=row.id,
        source=row.source,
        status=row.status,
        kind=row.kind,
        subject_id=row.subject_id,
        received_at=moments.moment_of(row.at),
        quarantine_id=row.key if row.status == "quarantined" else None,
        reasons=[ReasonView(code=one.code, pointer=one.pointer, detail=one.detail) for one in reasons]
        if reasons
        else None,
    )
