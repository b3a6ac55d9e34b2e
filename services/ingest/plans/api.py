"""HTTP doors of plans."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.ingest.plans.schemas import Kind, NewPlan, PlanPage, PlanView, view
from services.ingest.plans.service import Plans, page_of_plans, publish_plan

Published = Callable[[AsyncConnection, str, str], Awaitable[None]]
"""Told of source and kind of each new version in its transaction."""


def plan_router(database: Database, plans: Plans, published: Published) -> APIRouter:
    """Routes of plans."""
    router = APIRouter(tags=["sources"])

    @router.post("/v1/sources/{key}/plans", status_code=201, openapi_extra=needs("admin"))
    async def post_plan(request: Request, key: str, body: NewPlan) -> PlanView:
        """Publish the next version of a source's plan for one kind of records; it is in force at once.

        What waits in quarantine for having broken the version before is judged again by itself. The same as the
        version in force answers with that one. 404 for an unknown source; 422 where a schema is none of draft
        2020-12, refers to anything but its own `$defs`, or could cost too much to check.
        """
        admitted(request, "admin")
        async with database.transaction() as tx:
            made = await publish_plan(tx, key, body.kind, body.mode, body.rules())
            await published(tx, key, body.kind)
        plans.forget()
        return view(made, made.version)

    @router.get("/v1/sources/{key}/plans", openapi_extra=needs("collect:write"))
    async def get_plans(
        request: Request, key: str, kind: Kind | None = None, limit: Limit = 100, cursor: Cursor = None
    ) -> PlanPage:
        """Every version of a source's plans, newest first; of each kind the highest version is in force."""
        admitted(request, "collect:write")
        after = decode_cursor(cursor, tuple[int, str])
        async with database.snapshot() as connection:
            rows, in_force = await page_of_plans(connection, key, kind, after, limit)
        return PlanPage(
            **page(
                rows, limit, lambda one: (one.created_at, one.kind), lambda one: view(one, in_force[one.kind])
            )
        )

    return router
