"""Use cases of insights: numbers of mentions made into answers."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import FieldError, InvalidInput
from services.social.insights.domain import HISTORY_DAYS, find_spikes, rivals_of, wilson
from services.social.insights.schemas import AspectTone, Because, Bucket, Insights, SpikeView, Voice
from services.social.mentions import service as mentions
from services.social.mentions.domain.moments import DAY_MS, OFFSET_MS, date_of, day_of, start_of
from services.social.topics.service import known_topic, topic_kinds

MAX_DAYS = 3_700
TONES = ("positive", "neutral", "negative")
REASONS = 3


async def tell_insights(
    tx: AsyncConnection, topic: str | None, from_ms: int | None, to_ms: int | None
) -> Insights:
    """What is said of a topic (of everything, without one) from `from_ms` to before `to_ms`.

    An open bound is the first or last mention. Raises NotFound for an unknown topic, InvalidInput for a period of
    more than ten years.
    """
    topic_id = await known_topic(tx, topic) if topic else None
    span = await mentions.select_span(tx, topic_id)
    first, last = span or (time.time_ns() // 1_000_000,) * 2
    start = first if from_ms is None else from_ms
    end = max(start, last + 1 if to_ms is None else to_ms)
    days = range(day_of(start), day_of(end - 1) + 1) if end > start else range(0)
    if len(days) > MAX_DAYS:
        raise InvalidInput(
            "The period is too long.", errors=[FieldError("/from", f"At most {MAX_DAYS} days.")]
        )
    tones = await _tones(tx, topic_id, start, end)
    return Insights(
        volume=sum(tone.total() for tone in tones.values()),
        buckets=[_bucket(day, tones[day]) for day in days] if span else [],
        share_of_voice=await _voices(tx, topic_id, start, end),
        aspects=await _aspects(tx, topic_id, start, end),
        spikes=await _spikes(tx, topic_id, days, day_of(first), end),
    )


async def _tones(
    tx: AsyncConnection, topic_id: str | None, start: int, end: int
) -> defaultdict[int, Counter[str]]:
    tones: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in await mentions.count_days(tx, topic_id, start, end):
        tones[row.day][row.sentiment] += row.n
    return tones


def _bucket(day: int, tone: Counter[str]) -> Bucket:
    return Bucket(start=start_of(day), n=tone.total(), **{name: tone[name] for name in TONES})


async def _voices(tx: AsyncConnection, topic_id: str | None, start: int, end: int) -> list[Voice]:
    heard = await mentions.count_topics(tx, start, end)
    rivals = rivals_of(topic_id, await topic_kinds(tx))
    total = sum(heard.get(rival, 0) for rival in rivals)
    voices = []
    for rival in rivals:
        n = heard.get(rival, 0)
        low, high = wilson(n, total)
        share = round(n / total, 4) if total else 0.0
        voices.append(Voice(topic=rival, n=n, share=share, interval=(round(low, 4), round(high, 4))))
    return voices


async def _aspects(tx: AsyncConnection, topic_id: str | None, start: int, end: int) -> list[AspectTone]:
    tones: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in await mentions.count_aspects(tx, topic_id, start, end):
        tones[row.aspect][row.polarity] += row.n
    found = [
        AspectTone(aspect=aspect, n=tone.total(), **{name: tone[name] for name in TONES})
        for aspect, tone in tones.items()
    ]
    return sorted(found, key=lambda one: (-one.n, one.aspect))


async def _spikes(
    tx: AsyncConnection, topic_id: str | None, days: Sequence[int], known_from: int, end: int
) -> list[SpikeView]:
    if not days:
        return []
    tones = await _tones(tx, topic_id, _first_ms(days[0] - HISTORY_DAYS), end)
    counts = {day: tone.total() for day, tone in tones.items()}
    views = []
    for spike in find_spikes(counts, known_from, days):
        opened = _first_ms(spike.day)
        said = await mentions.count_aspects(tx, topic_id, opened, min(opened + DAY_MS, end))
        most = sorted(said, key=lambda row: (-row.n, row.aspect, row.polarity))[:REASONS]
        because = [Because(aspect=row.aspect, polarity=row.polarity, n=row.n) for row in most]
        views.append(SpikeView(date=date_of(spike.day), n=spike.n, expected=spike.expected, because=because))
    return views


def _first_ms(day: int) -> int:
    return day * DAY_MS - OFFSET_MS
