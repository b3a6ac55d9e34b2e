"""`/v1/personas`: portraits to read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_key, page
from services.persona.access import READING
from services.persona.cards import repository, service
from services.persona.cards.schemas import Fairness, Migration, PersonaCard, PersonaHistory, PersonaPage

NOTHING = "There is no persona or study by that id."


def persona_routes(database: Database, clock: Callable[[], datetime]) -> APIRouter:
    """The doors of this slice."""
    router = APIRouter(tags=["personas"])

    @router.get("/v1/personas", response_model=PersonaPage, openapi_extra=needs(READING))
    async def list_personas(
        request: Request, study: str | None = None, limit: Limit = 100, cursor: Cursor = None
    ) -> dict[str, Any]:
        """The personas that stand now, of one study or of all."""
        admitted(request, READING)
        after = decode_key(cursor)
        async with database.snapshot() as connection:
            rows = await repository.listed(
                connection, id_in(study, NOTHING) if study else None, after, limit + 1
            )
        return page(rows, limit, lambda row: row.id, service.summary)

    @router.get(
        "/v1/personas/{persona}",
        response_model=PersonaCard,
        response_model_exclude_unset=True,
        openapi_extra=needs(READING),
    )
    async def read_persona(request: Request, persona: str) -> dict[str, Any]:
        """The newest version of a persona, every number with its evidence."""
        admitted(request, READING)
        async with database.snapshot() as connection:
            return await service.read_card(connection, id_in(persona, NOTHING), clock())

    @router.get("/v1/personas/{persona}/history", response_model=PersonaHistory, openapi_extra=needs(READING))
    async def read_history(request: Request, persona: str) -> dict[str, Any]:
        """Every version of a persona, newest first, with what changed."""
        admitted(request, READING)
        async with database.snapshot() as connection:
            return {
                "items": await service.read_history(connection, id_in(persona, NOTHING)),
                "next_cursor": None,
            }

    @router.get("/v1/personas/{persona}/migration", response_model=Migration, openapi_extra=needs(READING))
    async def read_migration(request: Request, persona: str) -> dict[str, Any]:
        """Who moved between the newest version and the one before."""
        admitted(request, READING)
        async with database.snapshot() as connection:
            return await service.read_migration(connection, id_in(persona, NOTHING))

    @router.get("/v1/personas/{persona}/fairness", response_model=Fairness, openapi_extra=needs(READING))
    async def read_fairness(request: Request, persona: str) -> dict[str, Any]:
        """How strongly the groups follow traits that they must not follow."""
        admitted(request, READING)
        async with database.snapshot() as connection:
            return await service.read_fairness(connection, id_in(persona, NOTHING))

    return router
