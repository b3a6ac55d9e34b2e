"""Topic door of analysis: what people wrote in surveys, interviews and feedback, read like what they say in public."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils import UUID, uuid5

from kernel.contracts.event import Event
from kernel.contracts.mentions import MentionAnalyzed, MentionsWithdrawn
from kernel.contracts.records import RecordAccepted, RecordGlance, RecordsWithdrawn
from kernel.ids import new_id
from kernel.store.consumer import Handler, Sift
from kernel.store.outbox import publish
from services.social.analysis.domain import Analysis
from services.social.analysis.domain.announcing import announce
from services.social.analysis.domain.answers import KINDS, free_texts
from services.social.analysis.service import Current, Readers, analyse_texts
from services.social.tables import store
from services.social.topics.service import TopicBook

_ANSWERS = UUID("6f6b1c5e-6c0a-5d0c-9f0e-0d2f6a1b7c11")
"""Namespace of the ids of answers: the same answer always has the same id."""


class Answer(NamedTuple):
    """A free text of a record and where it stands in it; `order` is its event's among those read together."""

    order: int
    record: RecordAccepted
    place: str
    text: str


def records_handler(readers: Readers, book: TopicBook, current: Current) -> Handler:
    """Reads `records.accepted` for analytics: that consent was in force is why such a record is stored at all."""

    async def handle(tx: AsyncConnection, events: Sequence[Event]) -> None:
        answers, withdrawn = list(_answers(events)), list(_withdrawn(events))
        if not answers and not withdrawn:
            return
        analyses = await analyse_texts(readers, [answer.text for answer in answers], await current())
        matcher = await book.matcher(tx)
        now = datetime.now(UTC)
        told: list[tuple[int, Event]] = [
            (answer.order, _event(answer, found, matcher.match(found.redacted), now))
            for answer, found in zip(answers, analyses, strict=True)
        ]
        told += [(order, _void(event, now)) for order, event in withdrawn]
        await publish(tx, store, [event for _, event in sorted(told, key=lambda pair: pair[0])])

    return Handler("records.accepted", "analytics", handle, sift=Sift(RecordGlance, _may_hold_text))


def _may_hold_text(event: RecordGlance) -> bool:
    return event.type == RecordsWithdrawn.__name__ or event.kind in KINDS


def _answers(events: Sequence[Event]) -> Iterator[Answer]:
    for order, event in enumerate(events):
        if isinstance(event, RecordAccepted):
            for place, text in free_texts(event.kind, event.payload):
                yield Answer(order, event, place, text)


def _withdrawn(events: Sequence[Event]) -> Iterator[tuple[int, RecordsWithdrawn]]:
    for order, event in enumerate(events):
        if isinstance(event, RecordsWithdrawn) and not KINDS.isdisjoint(event.kinds):
            yield order, event


def _void(event: RecordsWithdrawn, now: datetime) -> MentionsWithdrawn:
    """What was told of these records' texts counts no more; it goes after it, in the same partition."""
    return MentionsWithdrawn(
        id=new_id(),
        version=MentionsWithdrawn.VERSION,
        subject=event.subject,
        occurred_at=event.occurred_at,
        recorded_at=now,
        traceparent=event.traceparent,
        record_ids=event.record_ids,
    )


def _event(answer: Answer, found: Analysis, topics: tuple[str, ...], now: datetime) -> MentionAnalyzed:
    record, rating = answer.record, answer.record.payload.get("rating")
    return announce(
        found,
        mention_id=str(uuid5(_ANSWERS, f"{record.source}\n{record.record_id}\n{answer.place}")),
        mention_version=1,
        platform="survey",
        author=None,
        occurred_at=record.occurred_at,
        recorded_at=now,
        rating=float(rating) if isinstance(rating, int | float) and not isinstance(rating, bool) else None,
        topics=topics,
        subject=record.subject,
        record_id=record.record_id,
        traceparent=record.traceparent,
    )
