"""Use cases of topics."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from kernel.ids import canonical_id, new_id
from services.social.topics import repository
from services.social.topics.domain import Matcher, Topic


class TopicBook:
    """The compiled topics, kept as long as nobody adds one."""

    def __init__(self) -> None:
        self._version = -1
        self._matcher = Matcher(())

    async def matcher(self, tx: AsyncConnection) -> Matcher:
        """The matcher of all topics. None can be added before `tx` ends, so that whatever it stores either carries
        a topic or is there to be labelled when the topic comes."""
        version = await repository.shared_version(tx)
        if version != self._version:
            self._matcher = Matcher(await repository.select_topics(tx))
            self._version = version
        return self._matcher


async def create_topic(
    tx: AsyncConnection,
    name: str,
    kind: str,
    any_of: Sequence[str],
    all_of: Sequence[str],
    none_of: Sequence[str],
) -> str:
    """Add a topic; mentions from now on carry it, older ones once `labelled`. Returns its id."""
    topic_id = new_id()
    phrases = {"any_of": any_of, "all_of": all_of, "none_of": none_of}
    await repository.raise_version(tx)
    await repository.insert_topic(
        tx,
        {
            "topic_id": topic_id,
            "name": name,
            "kind": kind,
            "created_ms": time.time_ns() // 1_000_000,
            **{column: msgspec.json.encode(list(listed)).decode() for column, listed in phrases.items()},
        },
    )
    return topic_id


async def list_topics(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Up to `limit` + 1 rows after the id `after`."""
    return await repository.select_page(tx, after, limit + 1)


async def topic_kinds(tx: AsyncConnection) -> dict[str, str]:
    """Topic id to kind, oldest first."""
    return await repository.select_kinds(tx)


async def known_topic(tx: AsyncConnection, topic_id: str) -> str:
    """The canonical id of a topic. Raises NotFound where there is none by that id."""
    canonical = canonical_id(topic_id)
    if canonical is None or canonical not in await repository.select_kinds(tx):
        raise NotFound("There is no topic by this id.")
    return canonical


async def has_unlabelled(tx: AsyncConnection) -> bool:
    """Whether there is a topic that older mentions do not carry yet."""
    return await repository.exists_unlabelled(tx)


async def take_unlabelled(tx: AsyncConnection) -> tuple[Topic, str | None] | None:
    """A topic that older mentions do not carry yet, locked until `tx` ends, with the last mention looked at."""
    return await repository.lock_unlabelled(tx)


async def note_labelled(tx: AsyncConnection, topic_id: str, cursor: str | None) -> None:
    """Mentions up to `cursor` carry the topic where they should; None: all do."""
    await repository.move_label_cursor(tx, topic_id, cursor)
