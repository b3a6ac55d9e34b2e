"""`RecordAccepted`: what the rest of the platform may know of a stored record."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from kernel.contracts.records import CollectorEvidence, ConsentEvidence, RecordAccepted
from kernel.ids import new_id
from kernel.phone import block_of, is_template
from kernel.privacy.identifiers import normalise_identifier
from services.ingest.identity.indexing import Indexer
from services.ingest.records.domain.draft import Draft
from services.ingest.records.domain.texts import Redactor
from services.ingest.records.domain.whom import name_in, pairs_of, phone_in
from services.ingest.records.domain.wire import (
    Answers,
    Attendance,
    Collector,
    Interaction,
    Item,
    Note,
    Opinion,
    Order,
    Record,
    Referral,
)


def event_of(
    draft: Draft,
    record: Record,
    subject: str | None,
    evidence: ConsentEvidence | None,
    indexer: Indexer,
    received: datetime,
) -> RecordAccepted:
    """The event of an accepted record."""
    redactor = Redactor(name_in(draft.block), indexer)
    payload = getattr(record, "payload")  # noqa: B009 - every kind has one, of its own type
    rule = _PAYLOADS.get(type(payload))
    return RecordAccepted(
        id=new_id(),
        version=1,
        subject=subject,
        occurred_at=record.occurred_at,
        recorded_at=received,
        traceparent=draft.traceparent,
        record_id=draft.record_id or "",
        source=draft.source,
        channel=record.channel,
        kind=draft.kind or "",
        payload=rule(payload, redactor, indexer) if rule else {},
        traits=draft.whom.traits,
        indexes=draft.whom.indexes if subject else {},
        consent=evidence,
        basis=record.basis.kind if record.basis else None,
        collector=_collector(record.collector, redactor, indexer, draft) if record.collector else None,
    )


def _collector(collector: Collector, redactor: Redactor, indexer: Indexer, draft: Draft) -> CollectorEvidence:
    place, record = collector.location, draft.record
    phone = phone_in(draft.block, record.occurred_at.date()) if record else None
    return CollectorEvidence(
        redactor.code(collector.id),
        indexer.stub("device", collector.device_id) if collector.device_id else None,
        collector.started_at,
        collector.duration_ms,
        f"{place.lat:.1f},{place.lon:.1f}" if place else None,
        collector.audio_ms,
        indexer.stub("number-block", block_of(phone)) if phone else None,
        is_template(phone) if phone else False,
    )


def _order(order: Order, redactor: Redactor, _: Indexer) -> Any:
    text, code = redactor.text, redactor.code
    items = [
        Item(code(item.sku), text(item.name), text(item.category), item.quantity, item.unit_price)
        for item in order.items
    ]
    return Order(
        code(order.order_id), items, order.total, text(order.currency),
        order.discount, text(order.payment_method), order.returned,
    )  # fmt: skip


def _answers(survey: Answers, redactor: Redactor, _: Indexer) -> Any:
    return Answers(redactor.text(survey.form), redactor.value(survey.answers))


def _interaction(interaction: Interaction, redactor: Redactor, _: Indexer) -> Any:
    return Interaction(redactor.text(interaction.name), redactor.value(interaction.properties))


def _opinion(opinion: Opinion, redactor: Redactor, _: Indexer) -> Any:
    return Opinion(redactor.text(opinion.text), opinion.rating)


def _attendance(attendance: Attendance, redactor: Redactor, _: Indexer) -> Any:
    return Attendance(redactor.text(attendance.event_name))


def _note(note: Note, redactor: Redactor, _: Indexer) -> Any:
    return Note(
        redactor.text(note.text),
        redactor.text(note.brand),
        redactor.text(note.product),
        note.price,
    )


def _referral(referral: Referral, _redactor: Redactor, indexer: Indexer) -> Any:
    """The other person agreed to nothing: what stands for them leads to nobody, it can only be counted."""
    stubs = {}
    for kind, raw in pairs_of(referral.referred_identifiers):
        value = normalise_identifier(kind, raw)
        if value is not None:
            stubs[kind] = indexer.stub(kind, value)
    return {"referred": stubs}


_PAYLOADS: Final[dict[type, Callable[[Any, Redactor, Indexer], Any]]] = {
    Order: _order,
    Answers: _answers,
    Interaction: _interaction,
    Opinion: _opinion,
    Attendance: _attendance,
    Note: _note,
    Referral: _referral,
}
