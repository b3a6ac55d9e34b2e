"""`GET /v1/subjects/{id}/persona`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from services.persona.access import READING, declare_profiling
from services.persona.serving.schemas import Abstained, Assigned
from services.persona.serving.service import persona_of

NOTHING = "There is no subject or study by that id."


def serving_routes(database: Database, clock: Callable[[], datetime], narrow_margin: float) -> APIRouter:
    """The door of this slice."""
    router = APIRouter(tags=["personas"])

    @router.get(
        "/v1/subjects/{subject}/persona", response_model=Assigned | Abstained, openapi_extra=needs(READING)
    )
    async def read_subject_persona(
        request: Request, subject: str, purpose: str | None = None, study: str | None = None
    ) -> dict[str, Any]:
        """The persona of a person who consents to profiling now; of the newest study, where none is named."""
        declare_profiling(admitted(request, READING), purpose)
        person, wanted = id_in(subject, NOTHING), id_in(study, NOTHING) if study else None
        async with database.snapshot() as connection:
            return await persona_of(connection, person, wanted, narrow_margin, clock())

    return router
