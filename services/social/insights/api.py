"""HTTP door of insights."""

from typing import Literal

from fastapi import APIRouter, Query, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from services.social.access import READING
from services.social.insights import service
from services.social.insights.schemas import Insights
from services.social.periods import FromBound, ToBound, period_of


def insights_router(database: Database) -> APIRouter:
    """Routes of insights."""
    router = APIRouter(tags=["social"])

    @router.get("/v1/social/insights", response_model=Insights, openapi_extra=needs(READING))
    async def get_insights(
        request: Request,
        topic: str | None = Query(None, description="Id of a topic; without it all mentions."),
        from_: FromBound = None,
        to: ToBound = None,
        bucket: Literal["day"] = "day",
    ) -> Insights:
        """Volume and tone by day in Vietnam, share of voice, aspects, and days out of the ordinary.

        A brand shares the voice with all brands and competitors, a product with products, a theme with themes; a
        mention of two topics is two voices. A spike exceeds the median of the four weeks before by more than four
        robust deviations (median absolute deviation).
        """
        admitted(request, READING)
        from_ms, to_ms = period_of(from_, to)
        async with database.snapshot() as view:
            return await service.tell_insights(view, topic, from_ms, to_ms)

    return router
