"""Publishing: events leave a transaction through the outbox, and the outbox through the relay."""

from collections.abc import Sequence
from typing import Final

import cramjam
import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.topics import topic_of
from kernel.ids import new_id
from kernel.store.bulk import insert_many
from kernel.store.engine import publishes
from kernel.store.tables import StoreTables

_encoder = msgspec.json.Encoder()
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[tuple[bytes, bytes]]).decode

ZSTD: Final = b"\x28\xb5\x2f\xfd"
"""How a zstd frame begins (RFC 8878, 3.1.1); packed pairs begin otherwise."""

SMALL: Final = 4_096
"""Bytes of events that are stored as they are: less is not worth the compressor's set-up."""


async def publish(tx: AsyncConnection, store: StoreTables, events: Sequence[Event]) -> None:
    """Put `events` into the outbox of the open transaction: sent if it commits, in this order, at least once.

    One row carries all events of a topic, compressed: events are alike, so that a tenth of the bytes goes through the
    database and its write-ahead log, for 1 µs an event.
    """
    by_topic: dict[str, list[tuple[bytes, bytes]]] = {}
    for event in events:
        by_topic.setdefault(topic_of(type(event)), []).append((event.key, _encoder.encode(event)))
    await insert_many(
        tx,
        store.outbox,
        {
            "id": [new_id() for _ in by_topic],
            "topic": list(by_topic),
            "size": [len(rows) for rows in by_topic.values()],
            "events": [pack(rows) for rows in by_topic.values()],
        },
    )
    publishes(tx)


def pack(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """(key, body) pairs as an outbox row's `events`."""
    packed = _pack(pairs)
    return packed if len(packed) < SMALL else bytes(cramjam.zstd.compress(packed, level=1))


def unpack(events: bytes) -> list[tuple[bytes, bytes]]:
    """The (key, body) pairs in an outbox row's `events`."""
    if events.startswith(ZSTD):
        events = bytes(cramjam.zstd.decompress(events))
    return _unpack(events)
