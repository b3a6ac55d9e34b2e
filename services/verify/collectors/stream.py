"""`records.accepted`: how the records that name a collector were taken."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.records import RecordAccepted, RecordGlance, RecordsWithdrawn
from kernel.privacy.purposes import Purpose
from kernel.store.consumer import Handler, Sift
from services.verify.collectors.service import count_records
from services.verify.collectors.withdrawn import take_off


async def watch_collection(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Count, and take off what was withdrawn; records without a collector cost a comparison.

    In the order of the log: a record may be withdrawn and come in again within one batch.
    """
    for withdrawn, run in groupby(events, lambda event: isinstance(event, RecordsWithdrawn)):
        if withdrawn:
            gone = [event for event in run if isinstance(event, RecordsWithdrawn)]
            for stands, some in (
                (False, _ids(gone, "retention", others=True)),
                (True, _ids(gone, "retention")),
            ):
                await take_off(tx, some, stands=stands)
            continue
        taken = [event for event in run if isinstance(event, RecordAccepted) and event.collector is not None]
        if taken:
            await count_records(tx, taken)


def _ids(events: Sequence[RecordsWithdrawn], reason: str, *, others: bool = False) -> list[str]:
    return [one for event in events if (event.reason == reason) != others for one in event.record_ids]


def collector_handlers() -> list[Handler]:
    """Read for `service`: the records serve a person only if they are true."""
    sift = Sift(RecordGlance, _is_watched)
    return [Handler("records.accepted", Purpose.SERVICE, watch_collection, sift=sift)]


def _is_watched(event: RecordGlance) -> bool:
    return event.collector is not None or event.type == RecordsWithdrawn.__name__
