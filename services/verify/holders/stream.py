"""`consents.changed` and `subjects.changed`: the view of consents follows them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat
from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.privacy.purposes import Purpose
from kernel.store.consumer import Handler
from services.verify.holders.domain import OriginState, origin_state
from services.verify.holders.repository import keep_merges, keep_states, move_watermarks


async def follow_consents(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep each person's newest state, then move the watermarks past it: both or neither."""
    states: dict[str, tuple[int, OriginState]] = {}
    seen_to: dict[int, datetime] = {}
    for event in events:
        if isinstance(event, ConsentHeartbeat):
            known = seen_to.get(event.partition)
            seen_to[event.partition] = max(known, event.recorded_at) if known else event.recorded_at
        elif isinstance(event, ConsentChanged) and event.subject:
            held = states.get(event.subject)
            if held is None or event.ledger_version > held[0]:
                states[event.subject] = (event.ledger_version, origin_state(event))
    await keep_states(tx, states)
    await move_watermarks(tx, seen_to)


async def follow_merges(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep who is read as whom."""
    await keep_merges(tx, [event for event in events if isinstance(event, SubjectMerged | SubjectSplit)])


def holder_handlers() -> list[Handler]:
    """The topics behind the view. Merges of erased people are kept too: they lead to the origins left."""
    return [
        Handler("consents.changed", Purpose.VERIFICATION, follow_consents),
        Handler("subjects.changed", Purpose.VERIFICATION, follow_merges, sees_erased=True),
    ]
