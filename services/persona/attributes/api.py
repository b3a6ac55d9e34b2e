"""`GET /v1/attributes`."""

from typing import Any

from fastapi import APIRouter, Request

from kernel.web.doors import admitted, needs
from services.persona.access import READING
from services.persona.attributes.schemas import AttributePage
from services.persona.attributes.service import catalogue_view


def attribute_routes() -> APIRouter:
    """The door of this slice; it needs no state."""
    router = APIRouter(tags=["personas"])

    @router.get("/v1/attributes", response_model=AttributePage, openapi_extra=needs(READING))
    async def list_attributes(request: Request) -> dict[str, Any]:
        """The fields of audiences, beside channel, source, province, gender and age."""
        admitted(request, READING)
        return {"items": catalogue_view(), "next_cursor": None}

    return router
