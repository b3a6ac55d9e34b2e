"""A visitor who turns out to be somebody known: their visits are read as that person's, by the ledger of merges.

Where only one of the two ids is known, tying a record to a person has made them one already.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Fault
from kernel.store.engine import Database
from services.ingest.identity.domain import PROVED
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.pointers import LAST_REVEALED, point
from services.ingest.identity.service import everybody_read_as, identifiers_of, subjects_of
from services.ingest.merges.domain import RULE, Agreement, Pair, ordered
from services.ingest.merges.service import Why, in_ledger, merge, suggest
from services.ingest.tracking.domain.message import ALIAS, IDENTIFY, Message
from services.ingest.tracking.domain.person import text_of

WHY: Final = Why("tracking", "The visitor said who they are.")

SAID_SO: Final = Agreement(
    "external_id", "unproved", "A visitor said they are this user, who proved to hold their phone."
)

Wake = Callable[[AsyncConnection, Sequence[str]], Awaitable[None]]
"""Lets what waits in quarantine for these subjects be judged again."""


@dataclass(frozen=True, slots=True)
class Stitching:
    """Joins visitors to those whom they turn out to be."""

    database: Database
    indexer: Indexer
    wake: Wake

    async def follow(self, messages: Sequence[Message], *, vouched: bool) -> None:
        """Read each visitor of an identify or alias as the user it names, where both are known as two people.

        A user who proved to hold a phone is joined by a source that vouches for them alone: else it is suggested.
        A visitor is somebody to whom ids of machines alone lead. One who was merged or split before stays as that
        left them, so that nothing which an operator undid comes back.
        """
        indexes = [(self._index("anonymous_id", visitor), self._index("external_id", user))
                   for message in messages for visitor, user in told_by(message)]  # fmt: skip
        wanted = [(visitor, user) for visitor, user in indexes if visitor and user]
        if not wanted:
            return
        async with self.database.snapshot() as connection:
            owners = await subjects_of(connection, sorted({index for pair in wanted for index in pair}))
        people = {(owners.get(visitor), owners.get(user)) for visitor, user in wanted}
        for source, target in sorted((a, b) for a, b in people if a and b and a != b):
            async with self.database.transaction() as tx:
                await self._join(tx, source, target, vouched=vouched)

    async def _join(self, tx: AsyncConnection, visitor: str, user: str, *, vouched: bool) -> None:
        held = await identifiers_of(tx, [visitor])
        if any(one.kind <= LAST_REVEALED for one in held) or await in_ledger(tx, visitor):
            return
        if len(await everybody_read_as(tx, visitor)) != 1:
            return
        proved = any(kin.documents & PROVED for kin in await everybody_read_as(tx, user))
        if proved and not vouched:
            await suggest(tx, [Pair(*ordered(visitor, user), 0.5, (SAID_SO,), RULE)])
            return
        try:
            made = await merge(tx, visitor, user, WHY)
        except Fault:  # one of them was erased, or somebody else was quicker
            return
        await self.wake(tx, made.members)

    def _index(self, kind: str, value: str) -> bytes | None:
        found = point(self.indexer, [(kind, value)]).joining
        return found[0][2] if found else None


def told_by(message: Message) -> list[tuple[str, str]]:
    """The (visitor, user) pairs that a message says are one."""
    if message.type not in (IDENTIFY, ALIAS):
        return []
    user = text_of(message.user_id)
    visitors = {text_of(message.anonymous_id), text_of(message.previous_id)}
    return [(visitor, user) for visitor in sorted(visitors) if visitor and user]
