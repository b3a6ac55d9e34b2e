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
from services.ingest.records.domain.trust import score_of, weigh_record
from services.ingest.records.domain.whom import name_in, pairs_of, phone_in
from services.ingest.records.domain.wire import (
    Answers,
    Attendance,
    Collector,
    Interaction,
    Item,
    Note,
    Nothing,
    Opinion,
    Order,
    Question,
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
        supersedes=draft.supersedes,
        payload=rule(payload, redactor, indexer) if rule else {},
        traits=draft.whom.traits,
        indexes=draft.whom.indexes if subject else {},
        trust=score_of(draft.whom.trust, weigh_record(record)),
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


def _campaign(key: str | None, redactor: Redactor) -> str | None:
    return redactor.code(key) if key else None


def _order(order: Order, redactor: Redactor, _: Indexer) -> Any:
    text, code = redactor.text, redactor.code
    items = [
        item
        if redactor.keeps(item.sku, item.name, item.category)
        else Item(code(item.sku), text(item.name), text(item.category), item.quantity, item.unit_price)
        for item in order.items
    ]
    return Order(
        code(order.order_id), items, order.total, text(order.currency),
        order.discount, text(order.payment_method), order.returned, _campaign(order.campaign, redactor),
    )  # fmt: skip


def _answers(survey: Answers, redactor: Redactor, _: Indexer) -> Any:
    return Answers(
        redactor.text(survey.form), redactor.value(survey.answers), _campaign(survey.campaign, redactor)
    )


def _interaction(interaction: Interaction, redactor: Redactor, _: Indexer) -> Any:
    return Interaction(
        redactor.text(interaction.name),
        redactor.value(interaction.properties),
        _campaign(interaction.campaign, redactor),
    )


def _opinion(opinion: Opinion, redactor: Redactor, _: Indexer) -> Any:
    """Without a text of its own, its words are the answers; the questions are somebody else's."""
    asked = [Question(redactor.text(one.q), redactor.value(one.a)) for one in opinion.questions]
    said = "\n".join([one.a for one in asked if isinstance(one.a, str) and one.a])
    text = redactor.text(opinion.text) if opinion.text else said or None
    return Opinion(text, opinion.rating, asked, _campaign(opinion.campaign, redactor))


def _attendance(attendance: Attendance, redactor: Redactor, _: Indexer) -> Any:
    return Attendance(redactor.text(attendance.event_name), _campaign(attendance.campaign, redactor))


def _nothing(nothing: Nothing, redactor: Redactor, _: Indexer) -> Any:
    return {"campaign": _campaign(nothing.campaign, redactor)} if nothing.campaign else {}


def _note(note: Note, redactor: Redactor, _: Indexer) -> Any:
    return Note(
        redactor.text(note.text),
        redactor.text(note.brand),
        redactor.text(note.product),
        note.price,
    )


def _referral(referral: Referral, redactor: Redactor, indexer: Indexer) -> Any:
    """The other person agreed to nothing: what stands for them leads to nobody, it can only be counted."""
    stubs = {}
    for kind, raw in pairs_of(referral.referred_identifiers):
        value = normalise_identifier(kind, raw)
        if value is not None:
            stubs[kind] = indexer.stub(kind, value)
    campaign = {"campaign": _campaign(referral.campaign, redactor)} if referral.campaign else {}
    return {"referred": stubs, **campaign}


_PAYLOADS: Final[dict[type, Callable[[Any, Redactor, Indexer], Any]]] = {
    Order: _order,
    Answers: _answers,
    Interaction: _interaction,
    Opinion: _opinion,
    Attendance: _attendance,
    Note: _note,
    Nothing: _nothing,
    Referral: _referral,
}
