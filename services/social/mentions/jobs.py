"""The door that nobody knocks at: what happens to stored mentions in the background."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from kernel.store.engine import Database
from services.social.analysis.service import Current, Readers, analyse_texts
from services.social.mentions import service
from services.social.people.service import Speakers, has_untold
from services.social.topics import service as topics_service
from services.social.topics.service import TopicBook

IDLE_S = 1.0
"""How often to look for work of another process; this process's own wakes the job at once."""

LABELLED_A_TURN = 1_000


@dataclass(slots=True)
class Backlog:
    """Analyses mentions that wait, tells them anew where whose they are changed, attaches new topics to older ones."""

    database: Database
    readers: Readers
    book: TopicBook
    chunk: int
    current: Current
    speakers: Speakers
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Say that there is work."""
        self._news.set()

    async def run(self) -> None:
        """Work for ever; what fails is tried again, since nothing of it was committed."""
        while True:
            self._news.clear()
            asked = await self.speakers.ask_some()  # first, so that most are told as whose they are at once
            worked = await self.analyse_some() or await self.tell_some() or await self.label_some()
            if not (asked or worked):
                await self._rest()

    async def analyse_some(self) -> bool:
        """Analyse and publish up to a chunk of mentions; False where none waits."""
        async with self.database.snapshot() as view:
            waiting = await service.take_pending(view, self.chunk)
        if not waiting:
            return False
        analyses = await analyse_texts(self.readers, [row.text for row in waiting], await self.current())
        async with self.database.transaction() as tx:
            matcher = await self.book.matcher(tx)
            await service.record_analyses(tx, waiting, analyses, matcher)
        return True

    async def tell_some(self) -> bool:
        """Tell some mentions anew as whose they are now; False where all are, or consents cannot be known now."""
        async with self.database.snapshot() as view:
            if not await has_untold(view):
                return False
        async with self.database.transaction() as tx:
            return await service.tell_again(tx)

    async def label_some(self) -> bool:
        """Attach a new topic to some older mentions; False where every topic is attached."""
        async with self.database.snapshot() as view:
            if not await topics_service.has_unlabelled(view):
                return False
        async with self.database.transaction() as tx:
            return await service.label_older(tx, LABELLED_A_TURN)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_S):  # `wait_for` can lose a cancellation that comes with the news
                await self._news.wait()
