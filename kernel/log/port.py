"""The event log as the services see it. `open_log` picks the backend from a URL; nothing else knows which it is."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from kernel.contracts.topics import Topic


class Entry(NamedTuple):
    """An event on its way into the log."""

    topic: str
    key: bytes
    value: bytes


class Message(NamedTuple):
    """An event read from the log; `value` is empty where compaction or a tombstone removed it."""

    offset: int
    key: bytes
    value: bytes


class Batch(NamedTuple):
    """Messages of one partition in order, read from `position` on.

    `position` is what `position_of` said (0 where it said None) or the end of the batch before. Offsets rise; gaps
    are possible where the log was compacted, so the first may be above `position`.
    """

    topic: str
    partition: int
    position: int
    messages: list[Message]

    @property
    def next_offset(self) -> int:
        """The position after this batch."""
        return self.messages[-1].offset + 1


PositionOf = Callable[[str, int], Awaitable[int | None]]
"""Where a consumer stands in (topic, partition), from its own store; None on a group's first start.

0 and None both mean the beginning, wherever retention has moved it to.
"""


class PositionLost(Exception):
    """The stored position is no longer in the log (retention passed it): a gap that a person must decide on."""


class LogUnavailable(OSError):
    """The log does not answer, or did not acknowledge in time; trying again is safe."""


class Subscription(Protocol):
    """One member of a consumer group. Positions live with the consumer's effects, never here."""

    async def next(self, *, wait: float, limit: int) -> list[Batch]:
        """Up to about `limit` messages of the partitions this member holds; empty after `wait` seconds.

        Raises PositionLost where a stored position has been deleted.
        """
        ...

    async def rewind(self) -> None:
        """Read again from the stored positions: after an effect was rolled back, or another member took over."""
        ...

    async def close(self) -> None:
        """Leave the group."""
        ...


class Log(Protocol):
    """An append-only, partitioned, durable log of events."""

    async def start(self) -> None:
        """Connect. Raises LogUnavailable where the log cannot be reached."""
        ...

    async def stop(self) -> None:
        """Flush and disconnect; entries not yet acknowledged may or may not be in the log."""
        ...

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Make the topics that are missing; returns when each can be written to. Safe to repeat."""
        ...

    async def append(self, entries: Sequence[Entry]) -> None:
        """Durable, in order within each key, when this returns.

        Raises LogUnavailable, in which case any part may have been written: append the same entries again.
        """
        ...

    async def subscribe(self, group: str, topics: Sequence[str], position_of: PositionOf) -> Subscription:
        """Join `group`; each partition is read from `position_of`, or from the beginning where that is None."""
        ...

    async def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset that the next entry of each partition will get."""
        ...
