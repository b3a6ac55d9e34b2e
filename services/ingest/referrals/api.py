"""HTTP door of referrals."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest import moments
from services.ingest.referrals.service import Told, list_edges


class Referral(BaseModel):
    """An edge between two people, as ids of ours."""

    record_id: str
    source: str
    referrer_id: str
    referred_id: str | None = Field(
        description="Null while it is a stub: nobody with a consent of their own has these identifiers."
    )
    received_at: datetime


class ReferralPage(BaseModel):
    """A page of referrals, newest first."""

    items: list[Referral]
    next_cursor: str | None


def referral_router(database: Database) -> APIRouter:
    """Routes of referrals."""
    router = APIRouter(tags=["people"])

    @router.get("/v1/referrals", openapi_extra=needs("subjects:write"))
    async def get_referrals(request: Request, limit: Limit = 100, cursor: Cursor = None) -> ReferralPage:
        """Who referred whom, newest first. A stub becomes the person by itself, when a record of theirs is stored."""
        admitted(request, "subjects:write")
        after = decode_cursor(cursor, tuple[int, Key])
        async with database.snapshot() as connection:
            rows = await list_edges(connection, after, limit + 1)
        return ReferralPage(**page(rows, limit, lambda told: (told.row.at, told.row.record_id), _view))

    return router


def _view(told: Told) -> Referral:
    row = told.row
    return Referral(
        record_id=row.record_id,
        source=row.source,
        referrer_id=row.subject_id,
        referred_id=told.referred,
        received_at=moments.moment_of(row.at),
    )
