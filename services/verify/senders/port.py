"""What a sender is, whatever carries the code."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

Channel = Literal["sms", "voice", "zalo"]
Locale = Literal["vi", "en"]
CHANNELS: tuple[Channel, ...] = ("sms", "voice", "zalo")


class CodeMessage(NamedTuple):
    """A code on its way to a number. Never logged."""

    verification_id: str
    attempt: int
    """1 for the first sending of a verification."""
    to: str
    """E.164."""
    channel: Channel
    locale: Locale
    text: str
    code: str
    sent_at: datetime
    key: str
    """The id of the send record: by it a carrier drops a repetition, and its reports find their message."""
    until: str
    """The minute at which the code ends, HH:MM in Vietnam."""


class Invitation(NamedTuple):
    """A letter with a personal link on its way to an address. Never logged."""

    key: str
    to: str
    locale: Locale
    subject: str
    text: str
    stop: str
    """The link by which whoever gets it says that they want no more."""


class Inviter(Protocol):
    """Carries invitations to addresses."""

    async def invite(self, invitation: Invitation) -> None:
        """Hand it over. Raises NotSent where it certainly was not taken, Unclear where it may have been."""
        ...


class NotSent(OSError):
    """The carrier certainly did not take the message. `reason` is a stable word, without number or code."""

    def __init__(self, reason: str, *, of_message: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.of_message = of_message
        """The carrier works, but not for this number: no sign of an outage."""


class Unclear(OSError):
    """Nobody knows whether the carrier took the message: it was sent, and no answer came."""


class Callback(NamedTuple):
    """What a carrier told us at our open door."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    now: datetime


class Untrusted(Exception):
    """A callback that its carrier did not sign, or signed long ago."""


class Delivery(NamedTuple):
    """What became of a message, as its carrier says: found by `key` or by the carrier's own `reference`."""

    key: str | None
    reference: str | None
    delivered: bool
    reason: str = ""


class Sender(Protocol):
    """Carries codes to numbers."""

    @property
    def name(self) -> str:
        """In send records, metrics and the path of callbacks."""
        ...

    @property
    def channels(self) -> Sequence[Channel]:
        """What it can carry."""
        ...

    @property
    def idempotent(self) -> bool:
        """Whether it drops a second message with the same `key`: only then is sending again safe."""
        ...

    @property
    def reports(self) -> bool:
        """Whether it tells of deliveries: only then does silence mean that a message did not arrive."""
        ...

    def price_vnd(self, channel: Channel) -> int:
        """What one message costs, VND: the spending breaker counts it before it is sent."""
        ...

    async def send(self, message: CodeMessage) -> str:
        """Hand the message over; the carrier's reference of it.

        Raises NotSent where the carrier did not take it, Unclear where it may have.
        """
        ...

    async def balance_vnd(self) -> int | None:
        """What is left to spend, None where the carrier does not say. Raises NotSent or Unclear."""
        ...

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """What a callback of this carrier tells. Raises Untrusted, or ValueError where it cannot be read."""
        ...
