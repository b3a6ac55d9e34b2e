"""A sender that does what a test says: takes, refuses, is silent, or dies; and drops what it knows if told so."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from services.verify.senders.port import Callback, Channel, CodeMessage, Delivery


@dataclass(slots=True)
class ScriptedSender:
    """Takes messages into `taken`; raises what is in `script` first, one entry a message."""

    name: str
    channels: Sequence[Channel]
    price: int = 100
    idempotent: bool = False
    reports: bool = True
    script: list[BaseException] = field(default_factory=list)
    taken: list[CodeMessage] = field(default_factory=list)
    asked: int = 0

    def price_vnd(self, channel: Channel) -> int:
        """The same on every channel."""
        return self.price

    async def send(self, message: CodeMessage) -> str:
        """Takes it, unless the script says otherwise; an idempotent one takes a key once."""
        self.asked += 1
        if self.script:
            raise self.script.pop(0)
        if not (self.idempotent and message.key in {one.key for one in self.taken}):
            self.taken.append(message)
        return f"ref-{message.key}"

    async def balance_vnd(self) -> int | None:
        """None is told."""
        return None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """As the test writes them."""
        return [msgspec.convert(one, Delivery) for one in msgspec.json.decode(callback.body)]
