"""What is told to webhooks: events of consent, people and personas, each to those whom they concern."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.activation import repository
from gateway.activation.domain.kinds import KINDS, Told, told_by
from gateway.activation.service import enqueue
from gateway.audit.seen import people_seen_by
from gateway.clients.domain.pairwise import Pairwise
from gateway.clients.service import reader_of
from kernel.contracts.event import Event
from kernel.store.consumer import Handler
from kernel.web.internal import Caller


@dataclass(frozen=True, slots=True)
class Telling:
    """Puts messages down as events come."""

    pairwise: Pairwise
    wake: Callable[[], None]

    def handlers(self) -> list[Handler]:
        """What is read, and why."""
        return [
            Handler("consents.changed", "legal", self.hear),
            Handler("subjects.changed", "legal", self.hear, sees_erased=True),
            Handler("personas.changed", "profiling", self.hear),
        ]

    async def hear(self, tx: AsyncConnection, events: Sequence[Event]) -> None:
        """Put down what each destination is told. A client that is closed, or lost the scope, is told nothing."""
        for row in await repository.open_webhooks(tx):
            caller = await reader_of(tx, row.client_id)
            if caller is not None and (told := await self._told(tx, row, caller, events)):
                await enqueue(tx, row, told)
                self.wake()

    async def _told(
        self, tx: AsyncConnection, row: repository.Row, caller: Caller, events: Sequence[Event]
    ) -> list[Told]:
        seen = await self._seen(tx, caller, events)

        def outer(inner: str) -> str:
            return self.pairwise.outer(caller.client_id, inner) if caller.is_partner else inner

        told = [
            told_by(event, caller.purposes, outer)
            for event in events
            if seen is None or event.subject is None or event.subject in seen
        ]
        wanted = {kind for kind in row.kinds if KINDS[kind][0] in (None, *caller.scopes)}
        return [one for one in told if one is not None and one.kind in wanted]

    async def _seen(self, tx: AsyncConnection, caller: Caller, events: Sequence[Event]) -> set[str] | None:
        """Whom a partner may hear of: those that it was shown. Others hear of everybody (None)."""
        subjects = {event.subject for event in events if event.subject is not None}
        if not caller.is_partner or not subjects:
            return None
        return await people_seen_by(tx, caller.client_id, sorted(subjects))
