"""The senders together: which one carries a channel now, and which are left alone for a while."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.verify.senders.meters import sending_metrics
from services.verify.senders.port import CHANNELS, Channel, CodeMessage, NotSent, Sender, Unclear

FAILURES: Final = 5
"""In a row: after these a carrier is left alone."""
REST: Final = timedelta(seconds=30)
"""After it one message tries the carrier again; another failure rests it anew."""
BALANCE_EVERY_S: Final = 300.0


@dataclass(slots=True)
class Circuit:
    """A carrier's failures in a row."""

    failures: int = 0
    open_until: datetime | None = None

    def closed(self, now: datetime) -> bool:
        """Whether a message may be given to it."""
        return self.open_until is None or now >= self.open_until

    def note(self, ok: bool, now: datetime) -> None:
        """What became of a message."""
        self.failures = 0 if ok else self.failures + 1
        self.open_until = now + REST if self.failures >= FAILURES else None


@dataclass(slots=True)
class Carriers:
    """Every configured sender, the preferred first."""

    senders: Sequence[Sender]
    clock: Callable[[], datetime]
    circuits: dict[str, Circuit] = field(default_factory=dict)

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
        """Send and keep account. Raises NotSent or Unclear; a break of the circuit where it is the carrier's fault."""
        try:
            reference = await sender.send(message)
        except NotSent as error:
            self._note(sender, message, "refused", ok=error.of_message)
            raise
        except Unclear:
            self._note(sender, message, "unclear", ok=False)
            raise
        self._note(sender, message, "taken", ok=True)
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

    def _note(self, sender: Sender, message: CodeMessage, outcome: str, *, ok: bool) -> None:
        circuit = self._circuit(sender)
        circuit.note(ok, self.clock())
        sending_metrics().sent.labels(sender.name, message.channel, outcome).inc()
        sending_metrics().open.labels(sender.name).set(circuit.open_until is not None)

    def _circuit(self, sender: Sender) -> Circuit:
        return self.circuits.setdefault(sender.name, Circuit())
