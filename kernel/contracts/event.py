"""The envelope that every event carries, flat beside its own fields."""

from datetime import datetime
from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True, omit_defaults=True):
    """What happened, once. Subclasses are named in the past tense and add their own fields.

    `producer`, `epoch` and `sequence` are stamped by the relay when the event leaves its service: the sequence is
    monotone within an epoch, so that a consumer skips what it has applied; a producer never sets them.
    No event carries linked PII in clear.
    """

    VERSION: ClassVar[int] = 1

    id: str
    version: int
    subject: str | None
    """Origin subject id, for ever: merges and splits change a map that is applied when reading."""
    occurred_at: datetime
    recorded_at: datetime
    traceparent: str | None = None
    producer: str = ""
    epoch: str = ""
    sequence: int = 0

    @property
    def key(self) -> bytes:
        """The partition key: events of one subject stay in order; those of nobody follow their own id."""
        return (self.subject or self.id).encode()


class Glance(msgspec.Struct, frozen=True, gc=False):
    """Any event at a glance: which it is, and its stamp. Subclasses add what else they look for."""

    type: str
    producer: str = ""
    epoch: str = ""
    sequence: int = 0


def stamp(body: bytes, producer: str, epoch: str, sequence: int) -> bytes:
    """`body` (an encoded event object) with the relay's stamp spliced in, without decoding it."""
    head = f'{{"producer":"{producer}","epoch":"{epoch}","sequence":{sequence},'
    return head.encode() + body[1:]
