"""HTTP door of topics."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from kernel.web.pages import Cursor, Limit, decode_cursor, page
from services.social.access import READING, WRITING
from services.social.topics import service
from services.social.topics.schemas import NewTopic, TopicCreated, TopicPage


def topics_router(database: Database, on_created: Callable[[], None]) -> APIRouter:
    """Routes of topics; `on_created` is called after a new one is committed."""
    router = APIRouter(tags=["social"])

    @router.post("/v1/topics", status_code=201, openapi_extra=needs(WRITING))
    async def create_topic(request: Request, body: NewTopic) -> TopicCreated:
        """Listen for a brand, competitor, product or theme.

        Phrases match whole words, with or without accents. New mentions carry the topic from now on; older ones are
        labelled in the background (`labelled` in the list says when that is done).
        """
        admitted(request, WRITING)
        async with database.transaction() as tx:
            topic_id = await service.create_topic(tx, body.name, body.kind, body.any, body.all, body.none)
        on_created()
        return TopicCreated(id=topic_id)

    @router.get("/v1/topics", response_model=TopicPage, openapi_extra=needs(READING))
    async def list_topics(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
        """All topics, oldest first."""
        admitted(request, READING)
        after = position_in(cursor)
        async with database.snapshot() as view:
            rows = await service.list_topics(view, after, limit)
        return page(rows, limit, lambda row: row.topic_id, _view)

    return router


def position_in(cursor: str | None) -> str | None:
    """The id in a cursor of the topic list. Raises InvalidInput where it holds none."""
    position = decode_cursor(cursor, UUID)
    return None if position is None else str(position)


def _view(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "id": row.topic_id,
        "name": row.name,
        "kind": row.kind,
        "any": msgspec.json.decode(row.any_of),
        "all": msgspec.json.decode(row.all_of),
        "none": msgspec.json.decode(row.none_of),
        "created_at": datetime.fromtimestamp(row.created_ms / 1000, UTC),
        "labelled": row.labelled,
    }
