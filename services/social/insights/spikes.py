"""Spikes with what explains them."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.insights.domain import HISTORY_DAYS, Spike, find_spikes
from services.social.insights.domain.phrases import telling_phrases
from services.social.insights.schemas import Because, Counted, SpikeView
from services.social.mentions import service as mentions
from services.social.mentions.domain.moments import DAY_MS, OFFSET_MS, date_of
from services.social.mentions.service import Span

REASONS = 3
TEXTS = 1_000
"""Texts of a spike, and of the weeks before it, that are compared."""
MOST = 50
"""Spikes that are explained, the newest: more of them are no exceptions."""


async def tell_spikes(
    tx: AsyncConnection, span: Span, days: Sequence[int], known_from: int
) -> list[SpikeView]:
    """The days out of the ordinary among `days`, oldest first. History begins on the day `known_from`."""
    if not days:
        return []
    history = span._replace(from_ms=first_ms(days[0] - HISTORY_DAYS))
    counts: Counter[int] = Counter()
    for row in await mentions.count_tones(tx, history):
        counts[row.slot] += row.n
    found = list(find_spikes(counts, known_from, days))[-MOST:]
    return [await _explained(tx, span, spike) for spike in found]


async def _explained(tx: AsyncConnection, span: Span, spike: Spike) -> SpikeView:
    opened = first_ms(spike.day)
    day = span._replace(from_ms=opened, to_ms=min(opened + DAY_MS, span.to_ms))
    before = span._replace(from_ms=first_ms(spike.day - 28), to_ms=opened)
    said = sorted(await mentions.count_aspects(tx, day), key=lambda row: (-row.n, row.aspect, row.polarity))
    authors = [row for row in await mentions.count_authors(tx, day) if row.author is not None][:REASONS]
    links = await mentions.count_links(tx, day, REASONS)
    texts = await mentions.select_said(tx, day, TEXTS), await mentions.select_said(tx, before, TEXTS)
    return SpikeView(
        date=date_of(spike.day),
        n=spike.n,
        expected=spike.expected,
        p_value=spike.p_value,
        calendar=spike.calendar,
        because=[Because(aspect=row.aspect, polarity=row.polarity, n=row.n) for row in said[:REASONS]],
        phrases=[Counted(what=phrase, n=n) for phrase, n in telling_phrases(*texts)],
        authors=[Counted(what=row.author, n=row.n) for row in authors],
        links=[Counted(what=row.url, n=row.n) for row in links],
    )


def first_ms(day: int) -> int:
    """The first millisecond of a day in Vietnam."""
    return day * DAY_MS - OFFSET_MS
