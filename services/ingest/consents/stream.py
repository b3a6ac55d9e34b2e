"""Topic doors of the consent view. What waits in quarantine for the news is marked to be judged again."""

from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat, NoticePublished
from kernel.contracts.event import Event
from kernel.store.consumer import Handler
from services.ingest.consents.service import hear_consents, hear_heartbeats, hear_notices
from services.ingest.identity.service import indexes_of
from services.ingest.quarantine.service import anything_waits, wake_by_indexes, wake_notices


def consent_handlers(news: Callable[[], None]) -> list[Handler]:
    """Handlers of the group `view`; `news` is called where something may wait for what came."""

    async def on_consents(tx: AsyncConnection, events: Sequence[Event]) -> None:
        beats = [event for event in events if isinstance(event, ConsentHeartbeat)]
        changes = [event for event in events if isinstance(event, ConsentChanged)]
        if changes:
            await hear_consents(tx, changes)
            if await anything_waits(tx):
                subjects = sorted({event.subject for event in changes if event.subject})
                await wake_by_indexes(tx, await indexes_of(tx, subjects))
        if beats:
            await hear_heartbeats(tx, beats)
        news()

    async def on_notices(tx: AsyncConnection, events: Sequence[Event]) -> None:
        published = [event for event in events if isinstance(event, NoticePublished)]
        await hear_notices(tx, published)
        await wake_notices(tx)
        news()

    return [
        Handler("consents.changed", "legal", on_consents),
        Handler("notices.changed", "legal", on_notices),
    ]
