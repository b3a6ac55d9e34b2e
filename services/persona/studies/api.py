"""`/v1/studies` and `/v1/runs`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from services.persona.access import READING, WRITING, declare_profiling
from services.persona.studies import service
from services.persona.studies.schemas import Coverage, Created, RunView, StudyBody, StudyView

NOTHING = "There is no study or run by that id."


def study_routes(
    database: Database, desk: service.CoverageDesk, runner: service.Runner, clock: Callable[[], datetime]
) -> APIRouter:
    """The doors of this slice."""
    router = APIRouter(tags=["personas"])

    @router.post("/v1/studies", status_code=201, response_model=Created, openapi_extra=needs(WRITING))
    async def make_study(request: Request, body: StudyBody) -> dict[str, str]:
        """Say what a portrait is for before it is drawn. Without objective or metric: 422."""
        caller = admitted(request, WRITING)
        declare_profiling(caller, body.purpose)
        spec = body.model_dump(mode="json", by_alias=True)
        async with database.transaction() as tx:
            made = await service.make_study(tx, spec, caller.client_id, clock())
        await runner.children.warm()
        return {"id": made}

    @router.get("/v1/studies/{study}", response_model=StudyView, openapi_extra=needs(READING))
    async def read_study(request: Request, study: str) -> dict[str, Any]:
        """A study as it was asked for."""
        admitted(request, READING)
        async with database.snapshot() as connection:
            return await service.read_study(connection, id_in(study, NOTHING))

    @router.get("/v1/studies/{study}/coverage", response_model=Coverage, openapi_extra=needs(READING))
    async def read_coverage(request: Request, study: str) -> dict[str, Any]:
        """What there is to work with: people, consent, facts, and what is missing."""
        admitted(request, READING)
        async with database.snapshot() as connection:
            found = await service.find_study(connection, id_in(study, NOTHING))
        return await desk.coverage(id_in(study, NOTHING), found, clock())

    @router.post(
        "/v1/studies/{study}/runs", status_code=202, response_model=Created, openapi_extra=needs(WRITING)
    )
    async def start_run(request: Request, response: Response, study: str) -> dict[str, str]:
        """Queue a run; it goes on by itself, through restarts too."""
        admitted(request, WRITING)
        async with database.transaction() as tx:
            run_id = await service.queue_run(tx, id_in(study, NOTHING), clock())
        runner.wake()
        response.headers["Location"] = f"/v1/runs/{run_id}"
        return {"id": run_id}

    @router.get("/v1/runs/{run}", response_model=RunView, openapi_extra=needs(READING))
    async def read_run(request: Request, run: str) -> dict[str, Any]:
        """How far a run is, and what came of it."""
        admitted(request, READING)
        async with database.snapshot() as connection:
            return await service.read_run(connection, id_in(run, NOTHING))

    return router
