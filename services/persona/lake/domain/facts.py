"""What an event says about a person, as flat facts. Pure; on the path of every record."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from zlib import crc32

from kernel.contracts.event import Event
from kernel.contracts.mentions import MentionAnalyzed
from kernel.contracts.records import RecordAccepted

BUCKETS = 8
VIETNAM_OFFSET_S = 7 * 3600
"""Indochina Time, UTC+7, without daylight saving since 1975."""
DAY_S = 86_400


class Fact(NamedTuple):
    """One row of the lake; the columns and their meaning, in this order."""

    event_id: str
    subject: str
    """Origin subject id, for ever."""
    channel: str
    source: str
    record_id: str | None
    occurred_s: int
    """Epoch seconds, UTC: comparable on every engine."""
    local_hour: int
    """Hour of the day in Vietnam, 0-23, where the person lives, whatever offset the source wrote."""
    received_s: int
    """Epoch seconds at which the platform recorded the event."""
    month: str
    """Month of receipt, `YYYY-MM` (UTC): partition. Not of occurrence, so that an import of years of history
    writes as few files as live traffic; what occurred in a month was received in it or later."""
    bucket: int
    """CRC-32 of the origin subject modulo `BUCKETS`: partition, so that erasing a person rewrites few files."""
    kind: str
    """transaction item return interaction answer trait attendance referral feedback interview mention aspect."""
    name: str | None
    category: str | None
    text: str | None
    """Redacted free text or a chosen answer."""
    number: float | None
    amount: int | None
    """Minor units of `currency` (VND has none)."""
    quantity: int | None
    currency: str | None


class Cells(NamedTuple):
    """The part of a fact that depends on its kind."""

    kind: str
    name: str | None = None
    category: str | None = None
    text: str | None = None
    number: float | None = None
    amount: int | None = None
    quantity: int | None = None
    currency: str | None = None


def facts_of(event: Event) -> list[Fact]:
    """The facts in `event`, in its own order; none where it is about nobody or of a kind that says nothing.

    Never raises on odd payloads: a value of another type than its column's is left out of the fact.
    """
    if event.subject is None:
        return []
    if isinstance(event, RecordAccepted):
        rule = _RULES.get(event.kind)
        cells = list(rule(event.payload, event.kind)) if rule else []
        cells.extend(_traits(event.traits))
        return _rows(event, event.channel, event.source, event.record_id, cells)
    if isinstance(event, MentionAnalyzed):
        record_id = event.record_id or event.mention_id
        return _rows(event, "social", event.platform, record_id, list(_mention(event)))
    return []


def bucket_of(subject: str) -> int:
    """The lake's bucket of an origin subject."""
    return crc32(subject.encode()) % BUCKETS


def _rows(event: Event, channel: str, source: str, record_id: str | None, cells: list[Cells]) -> list[Fact]:
    if not cells:
        return []
    subject = event.subject or ""
    occurred = int(event.occurred_at.timestamp())
    received = event.recorded_at
    hour = (occurred + VIETNAM_OFFSET_S) % DAY_S // 3600
    received_s, month, bucket = int(received.timestamp()), _month(received), bucket_of(subject)
    head = (event.id, subject, channel, source, record_id, occurred, hour, received_s, month, bucket)
    return [Fact._make(head + cell) for cell in cells]


def _month(at: datetime) -> str:
    return f"{at.year:04d}-{at.month:02d}"


def _transaction(payload: dict[str, Any], _: str) -> Iterator[Cells]:
    items = [item for item in _list(payload.get("items")) if isinstance(item, dict)]
    order, total = _text(payload.get("order_id")), _integer(payload.get("total"))
    currency = _text(payload.get("currency")) or "VND"
    if total is not None and total < 0:  # a credit note: money given back is no order
        yield Cells("return", order, amount=-total, currency=currency)
        return
    counts = [_integer(item.get("quantity")) or 1 for item in items]
    method, discount = _text(payload.get("payment_method")), _number(payload.get("discount"))
    yield Cells("transaction", order, method, None, discount, total, sum(counts) or None, currency)
    for item, count in zip(items, counts, strict=True):
        price = _integer(item.get("unit_price"))
        amount = None if price is None else price * count
        name = _text(item.get("sku")) or _text(item.get("name"))
        yield Cells("item", name, _text(item.get("category")), None, None, amount, count, currency)
    if payload.get("returned") is True:
        yield Cells("return", order, amount=total, currency=currency)


def _survey(payload: dict[str, Any], _: str) -> Iterator[Cells]:
    form = _text(payload.get("form"))
    answers = payload.get("answers")
    for question, answer in answers.items() if isinstance(answers, dict) else ():
        for value in answer if isinstance(answer, list) else (answer,):
            text, number = _text(value), _number(value)
            if text is not None or number is not None:
                yield Cells("answer", question, form, text, number)


def _interaction(payload: dict[str, Any], _: str) -> Iterator[Cells]:
    properties = payload.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    name, category = _text(payload.get("name")), _text(properties.get("category"))
    yield Cells("interaction", name, category, None, _number(properties.get("value")), None, 1)


def _attendance(payload: dict[str, Any], kind: str) -> Iterator[Cells]:
    yield Cells(kind, _text(payload.get("event_name")), quantity=1)


def _referral(payload: dict[str, Any], kind: str) -> Iterator[Cells]:
    yield Cells(kind, quantity=1)  # whom they referred is an identifier and never enters the lake


def _opinion(payload: dict[str, Any], kind: str) -> Iterator[Cells]:
    yield Cells(kind, text=_text(payload.get("text")), number=_number(payload.get("rating")))


def _traits(traits: dict[str, Any]) -> Iterator[Cells]:
    for name, value in traits.items():
        text, number = _text(value), _number(value)
        if text is not None or number is not None:
            yield Cells("trait", name, text=text, number=number)


def _mention(event: MentionAnalyzed) -> Iterator[Cells]:
    label, score = (None, None) if event.abstained else (event.sentiment, event.score)
    version = event.mention_version
    yield Cells("mention", event.emotion, label, event.text, score, None, version)
    for aspect in event.aspects:
        yield Cells("aspect", aspect.aspect, aspect.polarity, quantity=version)


_RULES = {
    "transaction": _transaction,
    "survey": _survey,
    "interaction": _interaction,
    "attendance": _attendance,
    "referral": _referral,
    "feedback": _opinion,
    "interview": _opinion,
}

_NUMERIC = re.compile(r"-?\d{1,15}(\.\d{1,9})?")
_INT64 = 2**63
_NUMBERS = (int, float)  # a tuple: the union type would be built anew on each call


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    """Numbers, booleans as 0 and 1, and numerals in text, as forms send them; None for the rest."""
    if isinstance(value, _NUMBERS):
        return float(value) if -_INT64 < value < _INT64 else None  # also leaves out NaN and infinity
    if isinstance(value, str) and _NUMERIC.fullmatch(value):
        return float(value)
    return None


def _integer(value: object) -> int | None:
    if type(value) is int:  # as money and counts nearly always are
        return value if -_INT64 < value < _INT64 else None
    number = _number(value)
    return None if number is None else round(number)
