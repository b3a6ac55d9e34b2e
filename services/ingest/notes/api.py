"""HTTP door of market notes."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from starlette.requests import Request

from kernel.privacy.redaction import redact
from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest import moments
from services.ingest.listing import Sought
from services.ingest.records.service import StoredNote, list_notes
from services.ingest.vault.service import Vault


class MarketNote(BaseModel):
    """A note about the market; what might name a person in it is redacted."""

    id: str
    source: str
    channel: str
    occurred_at: datetime
    received_at: datetime
    text: str | None
    brand: str | None
    product: str | None
    price: float | int | None


class NotePage(BaseModel):
    """A page of notes, newest first."""

    items: list[MarketNote]
    next_cursor: str | None


def note_router(database: Database, vault: Vault) -> APIRouter:
    """Routes of notes."""
    router = APIRouter(tags=["social"])

    @router.get("/v1/notes", openapi_extra=needs("social:read"))
    async def get_notes(
        request: Request,
        source: str | None = None,
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> NotePage:
        """Market notes, newest first; `from` and `to` are times of receipt, `to` excluded."""
        admitted(request, "social:read")
        after = decode_cursor(cursor, tuple[int, Key])
        bounds = [None if moment is None else moments.micros(moment) for moment in (since, until)]
        sought = Sought(source, None, "market_note", *bounds)
        async with database.snapshot() as connection:
            rows = await list_notes(connection, vault, sought, after, limit + 1)
        return NotePage(**page(rows, limit, lambda note: (note.row.received_at, note.row.id), _view))

    return router


def _view(note: StoredNote) -> MarketNote:
    row, payload = note.row, _payload(note.clear)
    price = payload.get("price")
    return MarketNote(
        id=row.id,
        source=row.source,
        channel=row.channel,
        occurred_at=moments.moment_of(row.occurred_at),
        received_at=moments.moment_of(row.received_at),
        price=price if isinstance(price, int | float) and not isinstance(price, bool) else None,
        **{name: _text(payload.get(name)) for name in ("text", "brand", "product")},
    )


def _payload(clear: bytes) -> dict[str, Any]:
    payload = msgspec.json.decode(clear).get("payload")
    return payload if isinstance(payload, dict) else {}


def _text(value: Any) -> str | None:
    return redact(value).text if isinstance(value, str) else None
