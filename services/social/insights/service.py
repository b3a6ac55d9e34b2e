"""Use cases of insights: numbers of mentions made into answers."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import FieldError, InvalidInput
from services.social.insights import spikes
from services.social.insights.domain import concentration, gap, rivals_of, wilson
from services.social.insights.schemas import (
    AspectTone,
    Authors,
    Bucket,
    Change,
    Comparison,
    Insights,
    Unwanted,
    Voice,
)
from services.social.mentions import service as mentions
from services.social.mentions.domain.moments import DAY_MS, OFFSET_MS, day_of, moment_of
from services.social.mentions.service import Span
from services.social.topics.service import known_topic, topic_kinds

MAX_DAYS = 3_700
MAX_BUCKETS = 5_000
WIDTHS = {"hour": 3_600_000, "day": DAY_MS, "week": 7 * DAY_MS}
_MONDAY = 3 * DAY_MS
"""1970-01-05 was a Monday: weeks are counted from 1969-12-29."""
TONES = ("positive", "neutral", "negative")
Period = tuple[int | None, int | None]


async def tell_insights(
    tx: AsyncConnection, topic: str | None, period: Period, bucket: str, clean: bool, earlier: Period | None
) -> Insights:
    """What is said of a topic (of everything, without one) in a period, in slots of a `bucket`.

    An open bound is the first or last mention. `clean` leaves spam, seeding and adverts out; `earlier` is a period to
    compare with. Raises NotFound for an unknown topic, InvalidInput for a period of more than ten years or too many
    slots.
    """
    topic_id = await known_topic(tx, topic) if topic else None
    known = await mentions.select_span(tx, topic_id)
    span = _span(topic_id, known, period, clean)
    days = _days(span)
    width, shift = WIDTHS[bucket], _MONDAY if bucket == "week" else 0
    _mind_size(span, len(days), width)
    tones = await _tones(tx, span, width, shift)
    kinds = await topic_kinds(tx)
    return Insights(
        volume=sum(tone.total() for tone in tones.values()),
        unwanted=Unwanted(
            **{"clean": 0, "spam": 0, "seeding": 0, "advert": 0} | await mentions.count_spam(tx, span)
        ),
        buckets=_buckets(span, tones, width, shift) if known else [],
        share_of_voice=await _voices(tx, span, rivals_of(topic_id, kinds)),
        aspects=await _aspects(tx, span, rivals_of(topic_id, kinds)),
        authors=_authors(await mentions.count_authors(tx, span)),
        comparison=await _compared(tx, span, earlier, tones),
        spikes=await spikes.tell_spikes(tx, span, days, day_of(known[0])) if known else [],
    )


def _span(topic_id: str | None, known: tuple[int, int] | None, period: Period, clean: bool) -> Span:
    first, last = known or (time.time_ns() // 1_000_000,) * 2
    start = first if period[0] is None else period[0]
    return Span(topic_id, start, max(start, last + 1 if period[1] is None else period[1]), clean)


def _days(span: Span) -> range:
    return range(day_of(span.from_ms), day_of(span.to_ms - 1) + 1) if span.to_ms > span.from_ms else range(0)


def _mind_size(span: Span, days: int, width: int) -> None:
    if days > MAX_DAYS:
        raise InvalidInput(
            "The period is too long.", errors=[FieldError("/from", f"At most {MAX_DAYS} days.")]
        )
    if (span.to_ms - span.from_ms) // width > MAX_BUCKETS:
        errors = [FieldError("/bucket", f"At most {MAX_BUCKETS} buckets: take wider ones.")]
        raise InvalidInput("The buckets are too many.", errors=errors)


Tones = Mapping[int, "Counter[str]"]


async def _tones(tx: AsyncConnection, span: Span, width: int, shift: int = 0) -> Tones:
    tones: defaultdict[int, Counter[str]] = defaultdict(Counter)
    step = DAY_MS if shift else width
    for row in await mentions.count_tones(tx, span, step):
        tones[(row.slot * step + shift) // width][row.sentiment] += row.n
    return tones


def _buckets(span: Span, tones: Tones, width: int, shift: int) -> list[Bucket]:
    def slot(ms: int) -> int:
        return (ms + OFFSET_MS + shift) // width

    def start(number: int) -> datetime:
        return moment_of(number * width - shift - OFFSET_MS)

    slots = range(slot(span.from_ms), slot(span.to_ms - 1) + 1) if span.to_ms > span.from_ms else range(0)
    empty: Counter[str] = Counter()
    return [
        Bucket(start=start(number), n=tone.total(), **{name: tone[name] for name in TONES})
        for number in slots
        for tone in (tones.get(number, empty),)
    ]


async def _voices(tx: AsyncConnection, span: Span, rivals: Sequence[str]) -> list[Voice]:
    return _shares(await mentions.count_topics(tx, span._replace(topic_id=None)), rivals)


def _shares(heard: Mapping[str, int], rivals: Sequence[str]) -> list[Voice]:
    total = sum(heard.get(rival, 0) for rival in rivals)
    voices = []
    for rival in rivals:
        n = heard.get(rival, 0)
        low, high = wilson(n, total)
        share = round(n / total, 4) if total else 0.0
        voices.append(Voice(topic=rival, n=n, share=share, interval=(round(low, 4), round(high, 4))))
    return voices


async def _aspects(tx: AsyncConnection, span: Span, rivals: Sequence[str]) -> list[AspectTone]:
    tones: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in await mentions.count_aspects(tx, span):
        tones[row.aspect][row.polarity] += row.n
    heard: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in await mentions.count_voices(tx, span._replace(topic_id=None)):
        heard[row.aspect][row.topic_id] = row.n
    found = [_aspect(aspect, tone, _shares(heard[aspect], rivals)) for aspect, tone in tones.items()]
    return sorted(found, key=lambda one: (-one.n, one.aspect))


def _aspect(aspect: str, tone: Counter[str], voices: list[Voice]) -> AspectTone:
    n, negative = tone.total(), tone["negative"]
    low, high = wilson(negative, n)
    return AspectTone(
        aspect=aspect,
        n=n,
        **{name: tone[name] for name in TONES},
        blamed=round(negative / n, 4),
        interval=(round(low, 4), round(high, 4)),
        voices=voices,
    )


def _authors(rows: Sequence[sa.Row[Any]]) -> Authors:
    known = [row.n for row in rows if row.author is not None]
    told = concentration(known)
    return Authors(
        known=told.authors,
        unknown_mentions=sum(row.n for row in rows if row.author is None),
        top_share=round(told.top_share, 4),
        gini=round(told.gini, 4),
    )


async def _compared(
    tx: AsyncConnection, span: Span, earlier: Period | None, tones: Tones
) -> Comparison | None:
    if earlier is None:
        return None
    start = earlier[0] if earlier[0] is not None else 0
    end = earlier[1] if earlier[1] is not None else span.from_ms
    before = sum((await _tones(tx, span._replace(from_ms=start, to_ms=end), DAY_MS)).values(), Counter[str]())
    now = sum(tones.values(), Counter[str]())
    changes = {
        name: gap(before[name], before.total(), now[name], now.total()) for name in ("positive", "negative")
    }
    return Comparison(
        volume_before=before.total(),
        volume_now=now.total(),
        **{name: Change(**change._asdict()) if change else None for name, change in changes.items()},
    )
