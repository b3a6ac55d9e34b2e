"""Use cases of alerts. None of them commits."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from kernel.ids import new_id
from services.social.alerts import repository
from services.social.connectors.sealing import seal
from services.social.connectors.service import new_secret
from services.social.insights.schemas import SpikeView
from services.social.insights.spikes import first_ms, tell_spikes
from services.social.mentions import service as mentions
from services.social.mentions.domain.moments import day_of
from services.social.mentions.service import Span
from services.social.topics.service import known_topic

NOTHING = "There is no such alert."


async def register(
    tx: AsyncConnection, key: bytes, topic: str | None, url: str, cooldown_h: int, now_ms: int
) -> tuple[str, str]:
    """A new alert: its id, and the secret that its calls are signed with. Raises NotFound for an unknown topic."""
    alert_id, secret = new_id(), new_secret()
    row = {
        "alert_id": alert_id,
        "topic_id": await known_topic(tx, topic) if topic else None,
        "url": url,
        "sealed": seal(key, alert_id, {"secret": secret}),
        "cooldown_h": cooldown_h,
        "next_ms": now_ms,
        **{"enabled": True, "failures": 0},
    }
    await repository.insert_alert(tx, row)
    return alert_id, secret


async def list_alerts(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Up to `limit` + 1 alerts after an id."""
    return await repository.select_page(tx, after, limit + 1)


async def close_alert(tx: AsyncConnection, alert_id: str) -> None:
    """It tells nothing any more, and its secret is gone. Raises NotFound."""
    if not await repository.change_alert(tx, alert_id, enabled=False, sealed=b""):
        raise NotFound(NOTHING)


async def recent_spikes(tx: AsyncConnection, topic_id: str | None, now_ms: int) -> list[SpikeView]:
    """Spikes of yesterday and today in Vietnam, without spam, seeding and adverts."""
    known = await mentions.select_span(tx, topic_id)
    if known is None:
        return []
    today = day_of(now_ms)
    days = range(today - 1, today + 1)
    span = Span(topic_id, first_ms(days[0]), now_ms + 1, clean=True)
    return await tell_spikes(tx, span, days, day_of(known[0]))
