"""The registry of topics: the only place where a topic's name, key, events and keeping are said."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from zlib import crc32

import msgspec

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat, NoticePublished
from kernel.contracts.event import Event
from kernel.contracts.mentions import MentionAnalyzed, MentionsWithdrawn
from kernel.contracts.personas import PersonaPublished
from kernel.contracts.phones import PhoneVerified
from kernel.contracts.privacy import AlertRaised, ErasureConfirmed, ErasureRequested
from kernel.contracts.records import RecordAccepted, RecordsWithdrawn
from kernel.contracts.subjects import SubjectCreated, SubjectErased, SubjectMerged, SubjectSplit

PARTITIONS = 12
RETENTION_DAYS = 14
"""Below the statutory erasure clock of 20 days (Decree 356/2025)."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: who writes it, which events it may hold, and whether only the last state of a key is kept."""

    name: str
    owner: str
    events: tuple[type[Event], ...]
    compacted: bool = False
    partitions: int = PARTITIONS

    def decode(self, value: bytes) -> Event:
        """The event in `value`. Raises `msgspec.DecodeError` where it is none of this topic's."""
        event: Event = _decoder(self.name).decode(value)
        return event


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic("records.accepted", "ingest", (RecordAccepted, RecordsWithdrawn)),
        Topic("subjects.changed", "ingest", (SubjectCreated, SubjectMerged, SubjectSplit, SubjectErased)),
        Topic("notices.changed", "gateway", (NoticePublished,), compacted=True),
        Topic("consents.changed", "gateway", (ConsentChanged, ConsentHeartbeat), compacted=True),
        Topic("phones.verified", "verify", (PhoneVerified,)),
        Topic("mentions.analyzed", "social", (MentionAnalyzed, MentionsWithdrawn)),
        Topic("personas.changed", "persona", (PersonaPublished,)),
        Topic("privacy.requested", "gateway", (ErasureRequested,)),
        Topic("privacy.confirmed", "any", (ErasureConfirmed,)),
        Topic("privacy.alerted", "gateway", (AlertRaised,)),
    )
}

_TOPIC_OF: dict[type[Event], str] = {event: topic.name for topic in TOPICS.values() for event in topic.events}


def topic_of(event: type[Event]) -> str:
    """The one topic that carries `event`."""
    return _TOPIC_OF[event]


def partition_of(key: bytes, partitions: int = PARTITIONS) -> int:
    """The partition of `key`: CRC-32 modulo the count, as librdkafka's `consistent` partitioner does it."""
    return crc32(key) % partitions


@cache
def _decoder(topic: str) -> msgspec.json.Decoder[Any]:
    events = TOPICS[topic].events
    union: Any = events[0]
    for event in events[1:]:
        union = union | event
    return msgspec.json.Decoder(union)
