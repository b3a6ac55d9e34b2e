"""HTTP doors of matching jobs."""

from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from services.ingest import moments
from services.ingest.matching.schemas import JobQueued, JobView
from services.ingest.matching.service import Matching, find_job

SCOPE = "subjects:write"


def matching_router(database: Database, matching: Matching) -> APIRouter:
    """Routes of matching jobs."""
    router = APIRouter(tags=["people"])

    @router.post("/v1/identity/jobs", status_code=202, openapi_extra=needs(SCOPE))
    async def post_matching_job(request: Request) -> JobQueued:
        """Look for people who may be one, over everything that is known; what is found waits as suggestions.

        Nobody is merged by it.
        """
        caller = admitted(request, SCOPE)
        return JobQueued(id=await matching.queue(caller.client_id))

    @router.get("/v1/identity/jobs/{job_id}", openapi_extra=needs(SCOPE))
    async def get_matching_job(request: Request, job_id: str) -> JobView:
        """How far a job is. 404 for an unknown one."""
        admitted(request, SCOPE)
        async with database.snapshot() as connection:
            job = await find_job(connection, id_in(job_id, "There is no such job."))
        return JobView(
            id=job.id,
            state=job.state,
            stage=job.stage,
            progress=job.progress,
            people=job.people,
            suggestions=job.found,
            threshold=job.threshold,
            threshold_basis=job.basis,
            reason=job.reason,
            created_at=moments.moment_of(job.created_at),
            ended_at=moments.moment_of(job.ended_at) if job.ended_at else None,
        )

    return router
