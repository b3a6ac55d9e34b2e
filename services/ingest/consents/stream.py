"""Topic doors of the consent view. What waits in quarantine for the news is marked to be judged again."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.view import follow
from kernel.contracts.consents import ConsentChanged, NoticePublished
from kernel.contracts.event import Event
from kernel.store.consumer import Handler
from services.ingest.consents.service import hear_consents, hear_notices
from services.ingest.consents.tables import watermarks
from services.ingest.identity.service import indexes_of
from services.ingest.quarantine.service import anything_waits, wake_by_indexes, wake_notices


def consent_handlers(news: Callable[[], None]) -> list[Handler]:
    """Handlers of the group `view`; `news` is called where something may wait for what came."""

    async def keep(tx: AsyncConnection, states: Mapping[str, ConsentChanged]) -> None:
        await hear_consents(tx, states)
        if await anything_waits(tx):
            await wake_by_indexes(tx, await indexes_of(tx, sorted(states)))

    async def on_consents(tx: AsyncConnection, events: Sequence[Event]) -> None:
        await follow(tx, events, keep, watermarks)
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
