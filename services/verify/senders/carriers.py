"""The senders together: which one carries a channel now, and which are left alone for a while."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from kernel.store.engine import Database
from services.verify.senders import repository
from services.verify.senders.domain import REST, Circuit
from services.verify.senders.meters import sending_metrics
from services.verify.senders.port import CHANNELS, Channel, CodeMessage, NotSent, Sender, Unclear

BALANCE_EVERY_S: Final = 300.0
CIRCUITS_EVERY_S: Final = 1.0
"""How long a process may give messages to a carrier that the others leave alone already."""


@dataclass(slots=True)
class Carriers:
    """Every configured sender, the preferred first."""

    senders: Sequence[Sender]
    clock: Callable[[], datetime]
    database: Database
    circuits: dict[str, Circuit] = field(default_factory=dict)
    """As all processes saw them a second ago at most; what this one sees is among it at once."""

    def channels(self) -> list[Channel]:
        """What can be carried now."""
        return [channel for channel in CHANNELS if self.carrier_of(channel)]

    def carrier_of(self, channel: str, *, besides: Sequence[str] = ()) -> Sender | None:
        """The first working sender of a channel, not one of the named."""
        now = self.clock()
        for sender in self.senders:
            if (
                channel in sender.channels
                and sender.name not in besides
                and self._circuit(sender).closed(now)
            ):
                return sender
        return None

    def named(self, name: str) -> Sender | None:
        """A sender by its name."""
        return next((sender for sender in self.senders if sender.name == name), None)

    async def send(self, sender: Sender, message: CodeMessage) -> str:
        """Send and keep account. Raises NotSent or Unclear; a break of the circuit where it is the carrier's fault.

        Of all messages that reach a rested carrier one tries it, whatever process they are in.
        """
        if self._circuit(sender).open_until is not None and not await self._take_trial(sender):
            raise NotSent("resting")
        try:
            reference = await sender.send(message)
        except NotSent as error:
            await self._note(sender, message, "refused", ok=error.of_message)
            raise
        except Unclear:
            await self._note(sender, message, "unclear", ok=False)
            raise
        await self._note(sender, message, "taken", ok=True)
        sending_metrics().spent.labels(sender.name, message.channel).inc(sender.price_vnd(message.channel))
        return reference

    async def watch_balances(self) -> None:
        """Ask each carrier for its balance for ever; one that does not answer keeps its last figure."""
        while True:
            for sender in self.senders:
                try:
                    balance = await sender.balance_vnd()
                except (NotSent, Unclear, ValueError, KeyError):
                    continue
                if balance is not None:
                    sending_metrics().balance.labels(sender.name).set(balance)
            await asyncio.sleep(BALANCE_EVERY_S)

    async def watch_circuits(self) -> None:
        """Follow for ever what the other processes see of the carriers."""
        while True:
            async with self.database.snapshot() as connection:
                self.circuits = await repository.all_circuits(connection)
            for sender in self.senders:
                sending_metrics().open.labels(sender.name).set(self._circuit(sender).open_until is not None)
            await asyncio.sleep(CIRCUITS_EVERY_S)

    async def _take_trial(self, sender: Sender) -> bool:
        now = self.clock()
        async with self.database.transaction() as tx:
            mine = await repository.take_trial(tx, sender.name, now)
        self.circuits[sender.name] = self._circuit(sender)._replace(open_until=now + REST)  # whoever has it
        return mine

    async def _note(self, sender: Sender, message: CodeMessage, outcome: str, *, ok: bool) -> None:
        before, now = self._circuit(sender), self.clock()
        after = before.after(ok=ok, now=now)
        if after != before:  # a carrier that works costs no write
            try:
                async with self.database.transaction() as tx:
                    if ok:
                        await repository.mend(tx, sender.name)
                    else:
                        after = await repository.count_failure(tx, sender.name, now)
            except (sa.exc.SQLAlchemyError, OSError):
                pass  # what became of the message is known: this process alone remembers the carrier's failure
        self.circuits[sender.name] = after
        sending_metrics().sent.labels(sender.name, message.channel, outcome).inc()
        sending_metrics().open.labels(sender.name).set(after.open_until is not None)

    def _circuit(self, sender: Sender) -> Circuit:
        return self.circuits.get(sender.name, Circuit())
