"""A service's internal door for a person's own copy of the data: what it holds of all their origins."""

from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from kernel.store.engine import Database
from kernel.store.holdings import Holding, Rows, Show, show
from kernel.web.doors import admitted_service

PATH = "/internal/copy"


class Asked(BaseModel):
    """The ids that the person has or had."""

    origins: list[str] = Field(min_length=1, max_length=10_000)


def copy_router(database: Database, holdings: Sequence[Holding], shows: Sequence[Show]) -> APIRouter:
    """The door of a service that holds `holdings` in its database and shows the rest by `shows`."""
    router = APIRouter(tags=["internal"])

    @router.post(PATH, include_in_schema=False)
    async def post_copy(request: Request, body: Asked) -> Response:
        """Everything about the person: lists of rows by what they are. Only our own services may ask."""
        admitted_service(request)
        told = await copy_of(database, holdings, shows, body.origins)
        return Response(msgspec.json.encode(told), media_type="application/json")

    return router


async def copy_of(
    database: Database, holdings: Sequence[Holding], shows: Sequence[Show], origins: Sequence[str]
) -> dict[str, Rows]:
    """What is held of `origins`, by what it is."""
    async with database.snapshot() as connection:
        told: dict[str, Any] = await show(connection, holdings, origins)
    for shown in shows:
        told |= await shown(origins)
    return told
