"""Raising alerts: in the database for people, in the metrics for machines, in the log without any number."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verify.fraud.domain import RULES, Doubt
from services.verify.fraud.repository import add_alert, list_alerts
from services.verify.fraud.repository import forget as forget_alerts
from services.verify.senders.meters import sending_metrics

__all__ = ["forget_alerts", "list_alerts", "raise_alerts", "raise_cap"]


async def raise_alerts(tx: AsyncConnection, doubts: Sequence[Doubt], blocked: bool, now: datetime) -> None:
    """Count each doubt in its alert of these ten minutes."""
    for doubt in doubts:
        await add_alert(tx, doubt, blocked and doubt.blocks, now)
        sending_metrics().alerts.labels(doubt.code).inc()
        structlog.get_logger().warning("fraud alert", rule=doubt.code, blocked=blocked and doubt.blocks)


async def raise_cap(tx: AsyncConnection, cap: str, scope: str, now: datetime) -> None:
    """A cap refused a sending."""
    code = f"cap-{cap}"
    await raise_alerts(tx, [Doubt(code, RULES[code], scope, blocks=True)], True, now)
