"""What a sender is, whatever carries the code."""

from datetime import datetime
from typing import Literal, NamedTuple, Protocol

Channel = Literal["sms", "voice", "zalo"]
Locale = Literal["vi", "en"]


class CodeMessage(NamedTuple):
    """A code on its way to a number. Never logged."""

    verification_id: str
    attempt: int
    """1 for the first sending; with `verification_id` the key by which a carrier drops a repetition."""
    to: str
    """E.164."""
    channel: Channel
    locale: Locale
    text: str
    code: str
    sent_at: datetime


class NotSent(OSError):
    """The carrier did not take the message; its own error, without number or code, is the cause."""


class Sender(Protocol):
    """Carries codes."""

    def channel_for(self, asked: str) -> Channel:
        """The channel that serves `asked` (`auto`: the sender's choice)."""
        ...

    def price_vnd(self, channel: Channel) -> int:
        """What one message costs, VND: the spending breaker counts it before it is sent."""
        ...

    async def send(self, message: CodeMessage) -> None:
        """Hand the message over. Raises NotSent where the carrier did not take it."""
        ...
