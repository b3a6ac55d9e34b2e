"""HTTP door of insights."""

from typing import Literal

from fastapi import APIRouter, Query, Request

from kernel.errors import Unavailable
from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from services.social.access import READING
from services.social.analysis.service import Readers, ReadersLost
from services.social.insights import service
from services.social.insights.schemas import Insights, Seeding
from services.social.insights.seeding import find_seeding, read_voices
from services.social.periods import FromBound, ToBound, period_of


def insights_router(database: Database, readers: Readers) -> APIRouter:
    """Routes of insights."""
    router = APIRouter(tags=["social"])

    @router.get("/v1/social/insights", response_model=Insights, openapi_extra=needs(READING))
    async def get_insights(
        request: Request,
        topic: str | None = Query(None, description="Id of a topic; without it all mentions."),
        from_: FromBound = None,
        to: ToBound = None,
        bucket: Literal["hour", "day", "week"] = "day",
        clean: bool = Query(False, description="Leave spam, seeding and adverts out."),
        compare_from: str | None = Query(
            None, description="First moment or day of a period to compare with."
        ),
        compare_to: str | None = Query(None, description="Its end: a time is excluded, a day included."),
    ) -> Insights:
        """Volume and tone by day in Vietnam, share of voice, aspects, and days out of the ordinary.

        A brand shares the voice with all brands and competitors, a product with products, a theme with themes; a
        mention of two topics is two voices. A spike is a day with more mentions than chance allows (less than 1 in
        10,000) above a robust weekly baseline that knows Tết, holidays and double days; its phrases, authors and
        links are those that stand out.
        """
        admitted(request, READING)
        period = period_of(from_, to)
        earlier = period_of(compare_from, compare_to) if compare_from or compare_to else None
        async with database.snapshot() as view:
            return await service.tell_insights(view, topic, period, bucket, clean, earlier)

    @router.get("/v1/social/seeding", response_model=Seeding, openapi_extra=needs(READING))
    async def get_seeding(
        request: Request,
        topic: str | None = Query(None, description="Id of a topic; without it all mentions."),
        from_: FromBound = None,
        to: ToBound = None,
    ) -> Seeding:
        """Clusters of near-copies (three or more, by MinHash) and authors who write five or more times in an hour.

        The newest 20,000 mentions of the period are compared. A template with other numbers is the same text.
        """
        admitted(request, READING)
        async with database.snapshot() as view:
            said = await read_voices(view, topic, period_of(from_, to))
        try:
            return await find_seeding(readers, said)
        except ReadersLost as error:
            raise Unavailable("The comparison does not answer; try again.") from error

    return router
