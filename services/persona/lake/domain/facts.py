"""What an event says about a person, as flat facts. Pure; on the path of every record."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple
from zlib import crc32

from kernel.contracts.event import Event
from kernel.contracts.mentions import MentionAnalyzed
from kernel.contracts.records import RecordAccepted

BUCKETS = 8
VIETNAM_OFFSET_S = 7 * 3600
"""Indochina Time, UTC+7, without daylight saving since 1975."""
DAY_S = 86_400


class Head(NamedTuple):
    """The columns that all facts of an event share, in the lake's order."""

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


class Cells(NamedTuple):
    """The columns that a fact has by itself: they follow those of its head."""

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


COLUMNS = Head._fields + Cells._fields

_Cells = tuple[
    str, str | None, str | None, str | None, float | None, int | None, int | None, str | None
]  # as `Cells`: five times cheaper to make, and there are several a record
_Head = tuple[str, str, str, str, str | None, int, int, int, str, int]
_subject_of = itemgetter(Head._fields.index("subject"))
_record_of = itemgetter(Head._fields.index("record_id"))


class Facts:
    """Facts on their way into the lake, in the order of their events: `cells[n]` belongs to `heads[owners[n]]`."""

    def __init__(self) -> None:
        self.heads: list[_Head] = []
        self.owners: list[int] = []
        self.cells: list[_Cells] = []
        self._received = datetime.min.replace(tzinfo=UTC)
        self._receipt = (0, "")

    def __len__(self) -> int:
        return len(self.cells)

    def add(self, event: Event) -> None:
        """The facts in `event`; none where it is about nobody or of a kind that says nothing.

        Never raises on odd payloads: a value of another type than its column's is left out of the fact.
        """
        subject = event.subject
        if subject is None:
            return
        if isinstance(event, RecordAccepted):
            rule = _RULES.get(event.kind)
            cells = rule(event.payload, event.kind) if rule else []
            if event.traits:
                cells += _traits(event.traits)
            where = (event.channel, event.source, event.record_id)
        elif isinstance(event, MentionAnalyzed):
            cells = _mention(event)
            where = ("social", event.platform, event.record_id or event.mention_id)
        else:
            return
        if cells:
            self.owners += [len(self.heads)] * len(cells)
            self.cells += cells
            occurred = int(event.occurred_at.timestamp())
            hour = (occurred + VIETNAM_OFFSET_S) % DAY_S // 3600
            receipt = self._receipt_of(event.recorded_at)
            self.heads.append((event.id, subject, *where, occurred, hour, *receipt, bucket_of(subject)))

    def subjects(self) -> set[str]:
        """Whom they are about."""
        return set(map(_subject_of, self.heads))

    def without(self, subjects: Collection[str]) -> "Facts":
        """Those that are not about any of `subjects`."""
        return self._kept(lambda _, head: _subject_of(head) not in subjects)

    def _kept(self, stays: Callable[[int, _Head], bool]) -> "Facts":
        left, places = Facts(), {}
        for place, head in enumerate(self.heads):
            if stays(place, head):
                places[place] = len(left.heads)
                left.heads.append(head)
        for owner, cells in zip(self.owners, self.cells, strict=True):
            if owner in places:
                left.owners.append(places[owner])
                left.cells.append(cells)
        return left

    def without_records(self, before: Mapping[tuple[str, str], int]) -> "Facts":
        """Those that do not come from these (record, origin), or from an event that is not among the first so many."""
        return self._kept(lambda place, head: place >= before.get((_record_of(head), _subject_of(head)), 0))

    def _receipt_of(self, at: datetime) -> tuple[int, str]:
        """Second and month of receipt: the records of a request have them in common."""
        if at != self._received:
            self._received = at
            self._receipt = (int(at.timestamp()), f"{at.year:04d}-{at.month:02d}")
        return self._receipt


def facts_of(events: Iterable[Event]) -> Facts:
    """The facts in `events`."""
    facts = Facts()
    for event in events:
        facts.add(event)
    return facts


def bucket_of(subject: str) -> int:
    """The lake's bucket of an origin subject."""
    return crc32(subject.encode()) % BUCKETS


def _transaction(payload: dict[str, Any], _: str) -> list[_Cells]:
    order, total = _text(payload.get("order_id")), _integer(payload.get("total"))
    currency = _text(payload.get("currency")) or "VND"
    if total is not None and total < 0:  # a credit note: money given back is no order
        return [("return", order, None, None, None, -total, None, currency)]
    bought: list[_Cells] = []
    pieces = 0
    for item in _list(payload.get("items")):
        if isinstance(item, dict):
            count, price = _integer(item.get("quantity")) or 1, _integer(item.get("unit_price"))
            name, category = _text(item.get("sku")) or _text(item.get("name")), _text(item.get("category"))
            amount = None if price is None else _integer(price * count)
            bought.append(("item", name, category, None, None, amount, count, currency))
            pieces += count
    method, discount = _text(payload.get("payment_method")), _number(payload.get("discount"))
    cells: list[_Cells] = [
        ("transaction", order, method, None, discount, total, _integer(pieces or None), currency),
        *bought,
    ]
    if payload.get("returned") is True:
        cells.append(("return", order, None, None, None, total, None, currency))
    return cells


def _survey(payload: dict[str, Any], _: str) -> list[_Cells]:
    form, answers = _text(payload.get("form")), payload.get("answers")
    cells: list[_Cells] = []
    for question, answer in answers.items() if isinstance(answers, dict) else ():
        for value in answer if isinstance(answer, list) else (answer,):
            text, number = _text(value), _number(value)
            if text is not None or number is not None:
                cells.append(("answer", question, form, text, number, None, None, None))
    return cells


def _interaction(payload: dict[str, Any], _: str) -> list[_Cells]:
    properties = payload.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    name, category = _text(payload.get("name")), _text(properties.get("category"))
    return [("interaction", name, category, None, _number(properties.get("value")), None, 1, None)]


def _attendance(payload: dict[str, Any], kind: str) -> list[_Cells]:
    return [(kind, _text(payload.get("event_name")), None, None, None, None, 1, None)]


def _referral(_: dict[str, Any], kind: str) -> list[_Cells]:
    # whom they referred is an identifier and never enters the lake
    return [(kind, None, None, None, None, None, 1, None)]


def _opinion(payload: dict[str, Any], kind: str) -> list[_Cells]:
    text, rating = _text(payload.get("text")), _number(payload.get("rating"))
    return [(kind, None, None, text, rating, None, None, None)]


def _traits(traits: dict[str, Any]) -> list[_Cells]:
    cells: list[_Cells] = []
    for name, value in traits.items():
        text, number = _text(value), _number(value)
        if text is not None or number is not None:
            cells.append(("trait", name, None, text, number, None, None, None))
    return cells


def _mention(event: MentionAnalyzed) -> list[_Cells]:
    label, score = (None, None) if event.abstained else (event.sentiment, event.score)
    version = event.mention_version
    return [
        ("mention", event.emotion, label, event.text, score, None, version, None),
        *(("aspect", said.aspect, said.polarity, None, None, None, version, None) for said in event.aspects),
    ]


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
    if value is None:
        return None
    if isinstance(value, _NUMBERS):
        return float(value) if -_INT64 < value < _INT64 else None  # also leaves out NaN and infinity
    if isinstance(value, str) and value[-1:].isdigit() and _NUMERIC.fullmatch(value):
        return float(value)
    return None


def _integer(value: object) -> int | None:
    if type(value) is int:  # as money and counts nearly always are
        return value if -_INT64 < value < _INT64 else None
    number = _number(value)
    return None if number is None else round(number)
