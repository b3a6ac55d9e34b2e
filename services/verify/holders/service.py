"""May this person be sent a code? Asked before each sending; no answer is a denial."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import permit
from kernel.errors import ConsentMissing, Gone
from kernel.privacy.purposes import Purpose
from kernel.store.engine import Database
from kernel.store.tables import StoreTables
from kernel.web.vault import Disclosure, VaultDoors
from services.verify.holders.domain import Holder
from services.verify.holders.repository import View, is_erased, origins_of, view_of

_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Holders:
    """The vault's doors together with the view of consents."""

    database: Database
    store: StoreTables
    doors: VaultDoors
    clock: Callable[[], datetime]
    patience_s: float

    async def holder_of(self, number: str) -> Holder:
        """Whose `number` (E.164) it is; an erased person holds nothing. Raises Unavailable."""
        found = await self.doors.resolve({"phone": number}, create=False)
        return Holder(None) if found.erased else Holder(found.subject_id, found.index)

    async def number_of(self, subject: str, purpose: str) -> str | None:
        """The person's phone, their own or that of whoever is read as them; None where there is none.

        Raises NotFound, Gone or Unavailable.
        """
        return await self._field_of(
            subject, "phone", purpose if purpose == Purpose.LEGAL else Purpose.VERIFICATION
        )

    async def email_of(self, subject: str) -> str | None:
        """The person's address for invitations, as `number_of`."""
        return await self._field_of(subject, "email", Purpose.SERVICE)

    async def _field_of(self, subject: str, name: str, purpose: str) -> str | None:
        async with self.database.snapshot() as connection:
            others = set(await origins_of(connection, subject)) - {subject}
        for origin in (subject, *sorted(others)):
            fields = await self.doors.reveal(Disclosure(origin, (name,), purpose, "verify"))
            if fields.get(name):
                return str(fields[name])
        return None

    async def erased(self, tx: AsyncConnection, subject: str) -> bool:
        """Whether the person asked to be erased, as the open transaction sees it."""
        return await is_erased(tx, self.store, subject)

    async def permit(self, subject: str, purpose: str) -> None:
        """Return where `subject` may be sent a code for `purpose`.

        A code for a rights request (`legal`) needs no consent. Waits until the view has seen everything answered
        before this call (heartbeats come every second), for at most `patience_s`. Raises Gone, ConsentMissing or
        ConsentUnknown.
        """
        await self._mind_erased(subject)
        if purpose == Purpose.LEGAL:
            return
        view = await self._current_view(subject)
        permit(Purpose.VERIFICATION, view.origins, view.seen_to, self.clock())

    async def permit_invitation(self, subject: str) -> None:
        """Return where `subject` may be asked, by letter, for consent to more than what serves them.

        They are served (by consent or a stated basis) and did not say no to verification before. Waits and raises as
        `permit` does.
        """
        await self._mind_erased(subject)
        view = await self._current_view(subject)
        permit(Purpose.SERVICE, view.served, view.seen_to, self.clock())
        if any(origin.withdrawn for origin in view.origins):
            raise ConsentMissing("The person withdrew consent to verification; they are not asked again.")

    async def _mind_erased(self, subject: str) -> None:
        async with self.database.snapshot() as connection:
            if await is_erased(connection, self.store, subject):
                raise Gone

    async def _current_view(self, subject: str) -> View:
        asked_at = self.clock()
        deadline = asyncio.get_running_loop().time() + self.patience_s
        while True:
            async with self.database.snapshot() as connection:
                view = await view_of(connection, subject)
            current = view.seen_to is not None and view.seen_to >= asked_at
            if current or asyncio.get_running_loop().time() >= deadline:
                return view
            await asyncio.sleep(_POLL_S)
