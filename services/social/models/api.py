"""HTTP doors of reviews and models."""

import time
from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.social.access import READING, WRITING
from services.social.mentions.domain.corrections import Labels
from services.social.models import repository, service
from services.social.models.schemas import (
    JobMade,
    JobView,
    ModelPage,
    NewLabels,
    ReviewPage,
    job_view,
    model_view,
    review_view,
)
from services.social.models.shelf import Shelf


def reviews_router(database: Database, on_corrected: Callable[[], None]) -> APIRouter:
    """Routes of those who review; `on_corrected` is called after a correction is committed."""
    router = APIRouter(tags=["social"])

    @router.get("/v1/social/reviews", openapi_extra=needs(READING))
    async def get_reviews(request: Request, limit: Limit = 100, cursor: Cursor = None) -> ReviewPage:
        """Mentions that want a person's eye: abstained from, or disputed, newest first."""
        admitted(request, READING)
        position = decode_cursor(cursor, tuple[int, UUID])
        after = None if position is None else (position[0], str(position[1]))
        async with database.snapshot() as view:
            rows = await service.list_reviews(view, after, limit)
        return ReviewPage(**page(rows, limit, lambda row: (row.published_ms, row.mention_id), review_view))

    @router.post("/v1/mentions/{mention_id}/dispute", status_code=204, openapi_extra=needs(WRITING))
    async def post_dispute(request: Request, mention_id: str) -> None:
        """Say that an analysis looks wrong: the mention goes into the review queue."""
        caller = admitted(request, WRITING)
        key = id_in(mention_id, service.NO_MENTION)
        async with database.transaction() as tx:
            await service.dispute(tx, key, caller.client_id, _now_ms())

    @router.post("/v1/mentions/{mention_id}/labels", status_code=204, openapi_extra=needs(WRITING))
    async def post_labels(request: Request, mention_id: str, body: NewLabels) -> None:
        """Correct an analysis. The labels stand above every model's from now on, and the next training learns them.

        The mention gets a new version with `model` ending in `+review`, and is published anew.
        """
        caller = admitted(request, WRITING)
        labels = Labels(body.sentiment, body.emotion, body.intents, body.spam)
        key = id_in(mention_id, service.NO_MENTION)
        async with database.transaction() as tx:
            await service.correct(tx, key, labels, caller.client_id, _now_ms())
        on_corrected()

    return router


def models_router(database: Database, shelf: Shelf, on_job: Callable[[], None]) -> APIRouter:
    """Routes of those who train; `on_job` is called after work is committed."""
    router = APIRouter(tags=["social"])

    async def asked(kind: str) -> JobMade:
        async with database.transaction() as tx:
            job = await service.ask_for(tx, kind, _now_ms())
        on_job()
        return JobMade(job=job)

    @router.post("/v1/social/models/train", status_code=202, openapi_extra=needs(WRITING))
    async def post_training(request: Request) -> JobMade:
        """Train on the shipped corpus and all corrections but every fifth, in the background, in some minutes.

        The new model answers only if no head loses more than two points of macro-F1, on the frozen test or on the
        corrections held out; then everything is analysed anew. Else it is `rejected` and the one before stays. With
        20 new corrections this happens by itself at 2 o'clock at night in Vietnam. 409 while one is open.
        """
        admitted(request, WRITING)
        return await asked(repository.TRAIN)

    @router.get("/v1/social/models", openapi_extra=needs(READING))
    async def get_models(request: Request, limit: Limit = 100, cursor: Cursor = None) -> ModelPage:
        """Models trained here with their figures, oldest first. None active: the shipped one answers."""
        admitted(request, READING)
        position = decode_cursor(cursor, UUID)
        async with database.snapshot() as view:
            rows = await service.list_models(view, None if position is None else str(position), limit)
        return ModelPage(**page(rows, limit, lambda row: row.model_id, model_view))

    @router.post("/v1/social/models/{model_id}/activate", status_code=202, openapi_extra=needs(WRITING))
    async def post_activation(request: Request, model_id: str) -> JobMade:
        """Let this model answer (`shipped`: the one that comes with the project); everything is analysed anew."""
        admitted(request, WRITING)
        key = model_id if model_id == service.SHIPPED else id_in(model_id, service.NO_MODEL)
        async with database.transaction() as tx:
            job = await service.take_up(tx, key, _now_ms())
        shelf.look()
        on_job()
        return JobMade(job=job)

    @router.post("/v1/social/reanalyses", status_code=202, openapi_extra=needs(WRITING))
    async def post_reanalysis(request: Request) -> JobMade:
        """Analyse every mention anew by the model that answers now; each gets a new version. 409 while one is open."""
        admitted(request, WRITING)
        return await asked(repository.REANALYSE)

    @router.get("/v1/social/jobs/{job_id}", openapi_extra=needs(READING))
    async def get_social_job(request: Request, job_id: str) -> JobView:
        """How far a training or re-analysis has come."""
        admitted(request, READING)
        async with database.snapshot() as view:
            return job_view(await service.find_job(view, id_in(job_id, service.NO_JOB)))

    return router


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
