"""HTTP door of erasure: who was erased, for the officer who must show it."""

from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Limit, decode_key, page
from services.ingest.erasure.repository import page_of_erased
from services.ingest.erasure.schemas import ErasedPage, ErasedView


def erasure_router(database: Database) -> APIRouter:
    """The route of erasures."""
    router = APIRouter(tags=["holds"])

    @router.get("/v1/erased", openapi_extra=needs("privacy:manage"))
    async def get_erased(request: Request, limit: Limit = 100, cursor: Cursor = None) -> ErasedPage:
        """Everybody who was erased, each of their ids by itself, and since when: nothing else is left of them.

        The list is kept for ever, so that no backlog and no restored copy brings anybody back.
        """
        admitted(request, "privacy:manage")
        async with database.snapshot() as connection:
            rows = await page_of_erased(connection, decode_key(cursor), limit + 1)
        return ErasedPage(
            **page(
                rows,
                limit,
                lambda row: row.subject,
                lambda row: ErasedView(subject_id=row.subject, erased_at=row.at),
            )
        )

    return router
