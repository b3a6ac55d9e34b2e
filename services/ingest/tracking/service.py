"""Use cases of tracking: take messages in as records, link by aliases."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.store.engine import Database, uninterrupted
from kernel.store.outbox import publish
from services.ingest.identity.service import Directory
from services.ingest.records.intake import Intake
from services.ingest.sources.domain import DEFAULT, DefaultConsent, Source
from services.ingest.tables import store
from services.ingest.tracking.domain.mapping import Mapped, Visit, mapped, unusable
from services.ingest.tracking.domain.message import ALIAS, Batch, Message, lacking, read_message
from services.ingest.tracking.domain.person import text_of
from services.ingest.tracking.stitching import Stitching


@dataclass(frozen=True, slots=True)
class Tracking:
    """The way in for tracking messages."""

    database: Database
    intake: Intake
    directory: Directory
    stitching: Stitching

    async def take_batch(self, batch: Batch, source: str | None, visit: Visit) -> None:
        """As `take_in`, for a batch; a message that is none becomes a quarantined record, and fails no other."""
        messages: list[Message] = []
        broken: list[Mapped] = []
        for raw in batch.batch:
            message = read_message(raw)
            if message is None or lacking(message):
                broken.append(unusable(raw))
            else:
                messages.append(message)
        visit = visit._replace(sent_at=batch.sent_at, context=batch.context)
        await self.take_in(messages, source, visit, broken)

    async def take_in(
        self, messages: Sequence[Message], source: str | None, visit: Visit, broken: Sequence[Mapped] = ()
    ) -> None:
        """Returns once everything is committed, in one transaction where there is no alias.

        An alias is linked at its place: what came before it is of whom the visitor was, what comes after of whom it
        made them. Visitors who turn out to be somebody known are joined to them last. Sending all of it again changes
        nothing. Raises Unavailable where the database does not take it.
        """
        if messages or broken:
            visit = visit._replace(default=await self._default(source or DEFAULT))
        made = list(broken)
        for message in messages:
            if message.type != ALIAS:
                made.append(mapped(message, visit))
                continue
            await self._submit(made, source)
            made = []
            await uninterrupted(self._link(message))
        await self._submit(made, source)
        await self.stitching.follow(messages, vouched=await self._vouches(source or DEFAULT))

    async def _submit(self, made: Sequence[Mapped], source: str | None) -> None:
        if not made:
            return
        drafts = self.intake.draft([one.record for one in made], source)
        content = self.intake.rooms.reader.indexer.content
        for draft, one in zip(drafts, made, strict=True):  # another time of sending makes no other message
            draft.content = content(one.essence)
        await self.intake.take(drafts)

    async def _default(self, source: str) -> DefaultConsent | None:
        """The source's default consent, None where none is set (or the source is not registered)."""
        found = await self._source(source)
        return found.default_consent if found else None

    async def _vouches(self, source: str) -> bool:
        found = await self._source(source)
        return found is not None and found.vouches

    async def _source(self, source: str) -> Source | None:
        sources = self.intake.rooms.sources
        found = sources.remembered(source)
        if found is None:
            async with self.database.snapshot() as connection:
                found = (await sources.known(connection, {source})).get(source)
        return found

    async def _link(self, alias: Message) -> None:
        async with self.database.transaction() as tx:
            created = await self.directory.link(tx, linked_by(alias))
            if created:
                await publish(tx, store, created)


def linked_by(alias: Message) -> list[tuple[str, str]]:
    """The identifiers that an alias says are one person's: the previous id may be a visitor's or a user's."""
    previous, user = text_of(alias.previous_id), text_of(alias.user_id)
    pairs = [("external_id", user), ("anonymous_id", previous), ("external_id", previous)]
    anonymous = text_of(alias.anonymous_id)
    if anonymous and anonymous != previous:
        pairs.append(("anonymous_id", anonymous))
    return pairs
