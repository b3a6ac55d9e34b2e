"""HTTP door of mentions."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response

from kernel.errors import Unavailable
from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.social.access import READING, WRITING
from services.social.analysis.domain.findings import Platform
from services.social.analysis.service import Readers, ReadersLost
from services.social.bodies import json_answer, json_body
from services.social.mentions import service
from services.social.mentions.domain.incoming import Refused, Taken, handles_in, take_batch
from services.social.mentions.domain.moments import moment_of
from services.social.mentions.domain.pseudonyms import mention_id_of
from services.social.mentions.schemas import (
    MentionBatch,
    MentionPage,
    MentionView,
    Receipts,
    Removals,
    Removed,
)
from services.social.people.service import Speakers
from services.social.periods import FromBound, ToBound, period_of
from services.social.topics.service import known_topic

INLINE_BYTES = 16_384
"""A body so small is read in the loop itself, in about two milliseconds; a larger one in a child process."""

_encode = msgspec.json.Encoder().encode


def mentions_router(
    database: Database, readers: Readers, speakers: Speakers, secret: bytes, on_stored: Callable[[], None]
) -> APIRouter:
    """Routes of mentions; `secret` keys the hashes, `on_stored` is called after mentions are committed."""
    router = APIRouter(tags=["social"])

    @router.post(
        "/v1/mentions/batch",
        status_code=202,
        responses={202: json_answer(Receipts, "One receipt a mention, in order.")},
        openapi_extra=needs(WRITING) | json_body(MentionBatch),
    )
    async def post_mentions(request: Request) -> Response:
        """Take up to 10,000 public mentions. They are durable when this answers, and analysed shortly after.

        One bad mention never fails the batch: it is `quarantined` with its reasons. The same platform and id with
        other text or rating is an edit. Of the author only keyed hashes are kept, of the text only a redacted one. Where
        the platform's terms allow it and the author agreed to profiling, it counts in their portrait too.
        """
        admitted(request, WRITING)
        now_ms = time.time_ns() // 1_000_000
        batch = await _taken(await request.body(), readers, secret, now_ms)
        met = await speakers.meet(handles_in(batch))
        async with database.transaction() as tx:
            receipts = await service.accept_mentions(tx, batch, now_ms, met)
        on_stored()
        return Response(_encode(Receipts(receipts)), 202, media_type="application/json")

    @router.get(
        "/v1/mentions",
        responses={200: json_answer(MentionPage, "Mentions, newest first.")},
        openapi_extra=needs(READING),
    )
    async def list_mentions(
        request: Request,
        topic: str | None = Query(None, description="Id of a topic."),
        sentiment: Literal["positive", "neutral", "negative"] | None = None,
        platform: Platform | None = None,
        from_: FromBound = None,
        to: ToBound = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        """Mentions, newest first. `sentiment` is the label, whether certain or not (`abstained` tells)."""
        admitted(request, READING)
        from_ms, to_ms = period_of(from_, to)
        after = _position(cursor)
        async with database.snapshot() as view:
            topic_id = await known_topic(view, topic) if topic else None
            wanted = service.Filter(topic_id, sentiment, platform, from_ms, to_ms)
            rows, aspects, topics = await service.list_mentions(view, wanted, after, limit)
        answer = page(rows, limit, _place, lambda row: _view(row, aspects, topics))
        return Response(_encode(answer), media_type="application/json")

    _add_removals(router, database, secret)
    return router


def _add_removals(router: APIRouter, database: Database, secret: bytes) -> None:
    """The door by which mentions leave."""

    @router.post("/v1/mentions/removals", openapi_extra=needs(WRITING))
    async def post_removals(request: Request, body: Removals) -> Removed:
        """Delete mentions that their platform or author took back, with all that was read in them. They do not come in
        again, and whoever followed `mentions.analyzed` is told."""
        admitted(request, WRITING)
        ids = [mention_id_of(secret, one.platform, one.id) for one in body.removed]
        async with database.transaction() as tx:
            count = await service.remove_mentions(tx, ids, time.time_ns() // 1_000_000)
        return Removed(removed=count)


async def _taken(body: bytes, readers: Readers, secret: bytes, now_ms: int) -> Sequence[Taken | Refused]:
    if len(body) <= INLINE_BYTES:
        return take_batch(body, secret, now_ms)
    try:
        return await readers.run(take_batch, body, secret, now_ms)
    except ReadersLost as error:
        raise Unavailable("The mentions could not be read; send them again.") from error


def _position(cursor: str | None) -> tuple[int, str] | None:
    position = decode_cursor(cursor, tuple[int, UUID])
    return None if position is None else (position[0], str(position[1]))


def _place(row: sa.Row[Any]) -> tuple[int, str]:
    return row.published_ms, row.mention_id


def _view(
    row: sa.Row[Any], aspects: Mapping[str, list[dict[str, str]]], topics: Mapping[str, list[str]]
) -> MentionView:
    read = row.sentiment is not None
    return MentionView(
        id=row.native_id,
        mention_id=row.mention_id,
        version=row.version,
        platform=row.platform,
        author=row.author,
        text=row.text,
        url=row.url,
        published_at=moment_of(row.published_ms).isoformat(),
        lang=row.lang or row.stated_lang,
        rating=row.rating,
        metrics=msgspec.json.decode(row.metrics),
        sentiment={"label": row.sentiment, "score": row.score, "abstained": row.abstained} if read else None,
        emotion=row.emotion,
        intents=msgspec.json.decode(row.intents) if read else [],
        aspects=aspects.get(row.mention_id, []),
        spam={"label": row.spam, "score": row.spam_score} if read else None,
        topics=topics.get(row.mention_id, []),
        model=row.model,
    )
