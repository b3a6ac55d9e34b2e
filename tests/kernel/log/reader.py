"""A consumer's database in small: positions that move by compare-and-set, as the real one does it."""

from dataclasses import dataclass, field

from kernel.contracts.topics import partition_of
from kernel.log.port import Batch, Entry, Message, Subscription

Place = tuple[str, int]


@dataclass
class Shelf:
    """What one group applied, and where it stands."""

    positions: dict[Place, int] = field(default_factory=dict)
    applied: dict[Place, list[Message]] = field(default_factory=dict)
    fenced: int = 0

    async def position_of(self, topic: str, partition: int) -> int | None:
        return self.positions.get((topic, partition))

    def apply(self, batch: Batch) -> bool:
        """Apply a batch, unless the shelf does not stand where its reader stood."""
        place = (batch.topic, batch.partition)
        if self.positions.setdefault(place, batch.position) != batch.position:
            self.fenced += 1
            return False
        offsets = [message.offset for message in batch.messages]
        assert offsets == sorted(set(offsets))
        assert offsets[0] >= batch.position
        self.positions[place] = batch.next_offset
        self.applied.setdefault(place, []).extend(batch.messages)
        return True

    @property
    def values(self) -> list[bytes]:
        """Everything applied, partition after partition."""
        return [message.value for messages in self.applied.values() for message in messages]

    def values_of(self, key: bytes) -> list[bytes]:
        """What was applied of one key, in order."""
        return [m.value for messages in self.applied.values() for m in messages if m.key == key]


async def read(subscription: Subscription, shelf: Shelf, count: int, *, limit: int = 500) -> None:
    """Apply until the shelf holds `count` messages; fails where they do not come."""
    silent = 0
    while len(shelf.values) < count:
        batches = await subscription.next(wait=1.0, limit=limit)
        silent = 0 if batches else silent + 1
        assert silent < 20, f"{len(shelf.values)} of {count} came"
        applied = [shelf.apply(batch) for batch in batches]
        if not all(applied):
            await subscription.rewind()


async def drain(subscription: Subscription, shelf: Shelf, *, seconds: float = 0.5) -> int:
    """Apply what still comes; returns the number of messages after `seconds` of silence."""
    count = 0
    while batches := await subscription.next(wait=seconds, limit=500):
        count += sum(len(batch.messages) for batch in batches if shelf.apply(batch))
    return count


def entries(topic: str, values: range, *, keys: int = 40, tag: str = "") -> list[Entry]:
    """Numbered entries over `keys` keys."""
    return [Entry(topic, b"key-%d" % (value % keys), f"{tag}{value}".encode()) for value in values]


def keys_of(partition: int, partitions: int, count: int) -> list[bytes]:
    """Some keys that fall into one partition."""
    found = (b"k%d" % number for number in range(100_000))
    return [key for key in found if partition_of(key, partitions) == partition][:count]
