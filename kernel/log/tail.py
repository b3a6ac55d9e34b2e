"""The newest messages of a log in memory, so that consumers that keep up read nothing from the disk."""

from collections import deque
from collections.abc import Mapping, Sequence

from kernel.log.port import Message

Place = tuple[str, int]

_OVERHEAD = 200
"""Bytes of a message's objects beside its key and value."""


class Tail:
    """The last messages of each partition, without gaps, together at most about `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._kept: dict[Place, list[Message]] = {}
        self._pieces: deque[tuple[Place, int, int]] = deque()
        """What was added, oldest first: place, number of messages, bytes."""

    def add(self, news: Mapping[Place, Sequence[Message]]) -> None:
        """Append what is durable now; each partition's offsets go on where they ended. The oldest are forgotten."""
        for place, messages in news.items():
            size = sum(len(key) + len(value) + _OVERHEAD for _, key, value in messages)
            self._kept.setdefault(place, []).extend(messages)
            self._pieces.append((place, len(messages), size))
            self._size += size
        while self._size > self._limit:
            place, count, size = self._pieces.popleft()
            del self._kept[place][:count]
            self._size -= size

    def read(self, place: Place, position: int, limit: int) -> list[Message] | None:
        """Up to `limit` messages from `position` on, or None where that is older than what is kept."""
        kept = self._kept.get(place)
        if not kept or position < kept[0].offset:
            return None
        start = position - kept[0].offset
        return kept[start : start + limit]

    def clear(self) -> None:
        """Forget everything: what the log no longer keeps must not be read from here."""
        self._kept.clear()
        self._pieces.clear()
        self._size = 0
