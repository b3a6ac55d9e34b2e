"""What happened with a person, newest first: each record in one short line without what identifies anybody."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.privacy.redaction import redact
from services.ingest import moments
from services.ingest.records import repository
from services.ingest.records.domain.reading import read_record
from services.ingest.records.domain.wire import Answers, Attendance, Interaction, Opinion, Order
from services.ingest.records.schemas import TimelineItem
from services.ingest.vault.service import Place, Vault

Position = tuple[int, str]
"""When a record happened, and its id."""

SHORT = 120


async def timeline_of(
    tx: AsyncConnection, vault: Vault, origins: Sequence[str], after: Position | None, limit: int
) -> list[TimelineItem]:
    """Records of these origins by the time they tell of, newest first. Raises KeyGone (erased meanwhile)."""
    rows = await repository.happened_to(tx, origins, after, limit)
    places = [Place(row.subject_id, row.id, row.source) for row in rows]
    clear = await vault.open_sealed(list(zip(places, (row.sealed for row in rows), strict=True)))
    return [
        TimelineItem(
            at=moments.moment_of(row.occurred_at),
            kind=row.kind,
            channel=row.channel,
            record_id=row.id,
            summary=summary_of(text),
        )
        for row, text in zip(rows, clear, strict=True)
    ]


def summary_of(clear: bytes) -> str:
    """One line of what a record tells, redacted; empty where there is nothing to say beside its kind."""
    record, _ = read_record(clear)
    payload: Any = getattr(record, "payload", None)
    tell = _TELL.get(type(payload))
    words = tell(payload) if tell else ""
    return redact(words).text[:SHORT] if words else ""


def _order(order: Order) -> str:
    names = ", ".join(item.name for item in order.items if item.name)
    total = "" if order.total is None else f"{order.total:,} {order.currency or ''}".strip()
    return " · ".join(part for part in (total, names) if part)


def _opinion(opinion: Opinion) -> str:
    rating = "" if opinion.rating is None else f"{opinion.rating}/5"
    return " · ".join(part for part in (rating, opinion.text or "") if part)


_TELL: Final[dict[type, Callable[[Any], str]]] = {
    Order: _order,
    Opinion: _opinion,
    Answers: lambda survey: survey.form or "",
    Interaction: lambda interaction: interaction.name or "",
    Attendance: lambda attendance: attendance.event_name or "",
}
