"""HTTP door of analysis."""

import msgspec
from fastapi import APIRouter, Request, Response

from kernel.errors import FieldError, MalformedInput, TooLarge, Unavailable
from kernel.web.doors import admitted, needs
from kernel.web.middleware import MAX_BODY
from services.social.access import READING
from services.social.analysis.schemas import Analyses, Texts
from services.social.analysis.service import Current, Readers, ReadersLost, analyse_texts
from services.social.bodies import json_answer, json_body

MAX_TEXTS = 1_000

_decode = msgspec.json.Decoder(Texts).decode
_encode = msgspec.json.Encoder().encode


def analysis_router(readers: Readers, current: Current) -> APIRouter:
    """Routes of analysis; `current` tells the model that answers now."""
    router = APIRouter(tags=["social"])

    @router.post(
        "/v1/texts/analyze",
        responses={200: json_answer(Analyses, "One analysis a text, in order.")},
        openapi_extra=needs(READING) | json_body(Texts),
    )
    async def analyze_texts(request: Request) -> Response:
        """Language, sentiment, emotion, intents, aspects, spam and personal data of up to 1,000 texts.

        Stateless: nothing is stored. `abstained` says that the certainty is too low to act upon.
        """
        admitted(request, READING)
        texts = _texts(await request.body())
        try:
            found = await analyse_texts(readers, texts, await current())
            return Response(_encode(Analyses(found)), media_type="application/json")
        except ReadersLost as error:
            raise Unavailable("The analysis does not answer; try again.") from error

    return router


def _texts(body: bytes) -> list[str]:
    if len(body) > MAX_BODY:
        raise TooLarge(f"The body may have at most {MAX_BODY} bytes.")
    try:
        texts = _decode(body).texts
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedInput('The body must be {"texts": ["...", ...]}.') from error
    if len(texts) > MAX_TEXTS:
        errors = [FieldError("/texts", f"At most {MAX_TEXTS} texts.")]
        raise TooLarge(f"There may be at most {MAX_TEXTS} texts.", errors=errors)
    return texts
