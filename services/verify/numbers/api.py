"""`POST /v1/phones/check`."""

from datetime import date, datetime, timedelta, timezone

import msgspec
from fastapi import APIRouter, Request, Response

from kernel.errors import TooLarge
from kernel.web.doors import admitted, needs
from services.verify.access import SENDING
from services.verify.numbers.schemas import MAX_PHONES, PhoneReports, PhonesToCheck
from services.verify.numbers.service import check_numbers

_VIETNAM = timezone(timedelta(hours=7))


def number_routes() -> APIRouter:
    """The doors of this slice; they need no state."""
    router = APIRouter(tags=["verify"])

    @router.post("/v1/phones/check", response_model=PhoneReports, openapi_extra=needs(SENDING))
    async def check_phones(request: Request, body: PhonesToCheck) -> Response:
        """What each number is, was and may be. More than 10,000 are refused with 413."""
        admitted(request, SENDING)
        if len(body.phones) > MAX_PHONES:
            raise TooLarge(f"At most {MAX_PHONES} numbers a request.")
        items = await check_numbers(body.phones, _day(body.captured_at))
        content = msgspec.json.encode({"items": items, "next_cursor": None})
        return Response(content, media_type="application/json")

    return router


def _day(moment: datetime | date | None) -> date | None:
    """The day in Vietnam: numbering plans change at midnight there."""
    if isinstance(moment, datetime):
        return moment.astimezone(_VIETNAM).date() if moment.tzinfo else moment.date()
    return moment
