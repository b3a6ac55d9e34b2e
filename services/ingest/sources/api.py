"""HTTP doors of sources."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from services.ingest.sources.schemas import NewSource, SourceList, SourceView, view
from services.ingest.sources.service import Sources, list_sources, register_source


def source_router(
    database: Database, sources: Sources, registered: Callable[[AsyncConnection], Awaitable[None]]
) -> APIRouter:
    """Routes of sources; `registered` is told of each new one in its transaction."""
    router = APIRouter(tags=["sources"])

    @router.get("/v1/sources", openapi_extra=needs("collect:write"))
    async def get_sources(request: Request) -> SourceList:
        """Every registered source, by key."""
        admitted(request, "collect:write")
        async with database.snapshot() as connection:
            return SourceList(items=[view(source) for source in await list_sources(connection)])

    @router.post("/v1/sources", status_code=201, openapi_extra=needs("admin"))
    async def post_source(request: Request, body: NewSource) -> SourceView:
        """Register a source. The same again answers alike; other settings under a known key are 409."""
        admitted(request, "admin")
        async with database.transaction() as tx:
            source = await register_source(
                tx, body.key, body.name or body.key, body.consent(), vouches=body.vouches
            )
            await registered(tx)
        sources.forget()
        return view(source)

    return router
