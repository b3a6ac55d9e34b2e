"""The doors of the register."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.exc import IntegrityError

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.parts import parts_of
from gateway.register import repository, service
from gateway.register.schemas import EntryPage, EntryToKeep, EntryView
from kernel.errors import Conflict
from kernel.web.doors import caller_of
from kernel.web.pages import Cursor, Limit, decode_cursor, page

router = APIRouter(tags=["oversight"])

Key = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]


@router.put(
    "/v1/recipients/{key}",
    response_model=EntryView,
    responses={201: {"model": EntryView, "description": "A new entry."}},
)
async def put_recipient(request: Request, response: Response, key: Key, body: EntryToKeep) -> Any:
    """Write an entry of the register, in force with the answer. 409 where the client has another entry.

    A client abroad reads nothing until its transfer is assessed here, for the purposes of the entry; one whose entry
    has ended reads nothing at all (403 `transfer-not-allowed`).
    """
    parts, caller = parts_of(request), caller_of(request)
    try:
        async with parts.database.transaction() as tx:
            row, made = await service.keep_entry(tx, key, body.model_dump(), caller.client_id)
            await record(
                tx, parts.audit_key, [Entry(caller.client_id, "policy", "allow", f"recipient {key}")]
            )
    except IntegrityError as error:
        raise Conflict("The client has another entry in the register.") from error
    response.status_code = 201 if made else 200
    return row._asdict()


@router.get("/v1/recipients", response_model=EntryPage)
async def list_recipients(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """Recipients, processors and transfers abroad, those that have ended too."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await repository.entries(connection, decode_cursor(cursor, str), limit + 1)
    return page(rows, limit, lambda row: row.key, lambda row: row._asdict())
