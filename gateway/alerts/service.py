"""Use cases of alerts: raise one, which every officer and subscriber hears of, and say that it was looked at."""

from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.alerts import repository
from gateway.tables import store
from kernel.contracts.privacy import AlertRaised
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.store.outbox import publish
from kernel.telemetry import current_traceparent


async def raise_alert(
    tx: AsyncConnection, kind: str, about: str, *, due_at: datetime | None = None, **detail: Any
) -> bool:
    """Raise an alert in the open transaction, once for each kind and thing; False where it was raised before.

    It is listed, published on `privacy.alerted`, and logged. `detail` holds ids only.
    """
    if await repository.find(tx, kind, about) is not None:
        return False
    now, alert_id = datetime.now(UTC), new_id()
    shown = {**detail, "due_at": due_at.isoformat()} if due_at else detail
    await repository.add(tx, {"id": alert_id, "kind": kind, "about": about, "at": now, "detail": shown})
    event = AlertRaised(
        id=new_id(),
        version=AlertRaised.VERSION,
        subject=None,
        occurred_at=now,
        recorded_at=now,
        traceparent=current_traceparent(),
        alert_id=alert_id,
        kind=kind,
        about=about,
        due_at=due_at,
    )
    await publish(tx, store, [event])
    structlog.get_logger().warning("privacy alert", kind=kind, about=about)
    return True


async def close_alert(tx: AsyncConnection, alert_id: str) -> Any:
    """Say that somebody looked. Raises NotFound."""
    row = await repository.close(tx, alert_id, datetime.now(UTC))
    if row is None:
        raise NotFound("There is no such alert.")
    return row
