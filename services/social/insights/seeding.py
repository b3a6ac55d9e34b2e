"""Seeding and bots: near-copies and bursts in a period."""

import time
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.analysis.service import Readers
from services.social.insights.domain.copies import Burst, Cluster, Said, bursts, near_copies
from services.social.insights.schemas import BurstView, CopiesView, Seeding
from services.social.mentions import service as mentions
from services.social.mentions.domain.moments import moment_of
from services.social.mentions.service import Span
from services.social.topics.service import known_topic

LOOKED_AT = 20_000
"""The newest mentions of a period that are compared: about two seconds of a child process."""
SHOWN, MEMBERS = 50, 100


async def read_voices(
    tx: AsyncConnection, topic: str | None, period: tuple[int | None, int | None]
) -> list[Said]:
    """The newest mentions of a topic in a period. Raises NotFound for an unknown topic."""
    topic_id = await known_topic(tx, topic) if topic else None
    now = time.time_ns() // 1_000_000
    end = period[1] if period[1] is not None else now + 1
    span = Span(topic_id, period[0] or 0, end)
    return [
        Said(row.mention_id, row.author, row.text, row.published_ms)
        for row in await mentions.select_voices(tx, span, LOOKED_AT)
    ]


async def find_seeding(readers: Readers, said: Sequence[Said]) -> Seeding:
    """What of it looks like a campaign; compared in a child process. Raises ReadersLost."""
    copies, busy = await readers.run(_compared, list(said))
    return Seeding(
        looked_at=len(said),
        copies=[_copies(cluster) for cluster in copies[:SHOWN]],
        bursts=[BurstView(author=one.author, n=one.n, start=moment_of(one.from_ms)) for one in busy[:SHOWN]],
    )


def _compared(said: list[Said]) -> tuple[list[Cluster], list[Burst]]:
    return near_copies(said), bursts(said)


def _copies(cluster: Cluster) -> CopiesView:
    members = cluster.members
    return CopiesView(
        n=len(members),
        authors=cluster.authors,
        identical=cluster.identical,
        sample=members[0].text[:500],
        first=moment_of(members[0].published_ms),
        last=moment_of(members[-1].published_ms),
        mentions=[one.mention_id for one in members[:MEMBERS]],
    )
