"""What the use cases stand on, and what they hand to one another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from kernel.store.tables import StoreTables
from services.verify.challenges.domain import CodeKeys, Content, Limits, TestNumber
from services.verify.challenges.ladder import Measured
from services.verify.challenges.repository import Found, Sending
from services.verify.evidence.domain import HALF_LIVES
from services.verify.fraud.domain import Doubt, Thresholds
from services.verify.holders.domain import Holder
from services.verify.holders.service import Holders
from services.verify.senders.carriers import Carriers
from services.verify.senders.port import Inviter
from services.verify.senders.texts import Templates


@dataclass(slots=True)
class Conversions:
    """What each channel reached in the last week, as measured a minute ago at most."""

    at: datetime | None = None
    channels: Mapping[str, Measured] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """What letters with invitations need."""

    inviter: Inviter
    business: str
    texts: Mapping[str, str]
    price_vnd: int


@dataclass(frozen=True, slots=True)
class Verifications:
    """What the use cases stand on."""

    store: StoreTables
    holders: Holders
    carriers: Carriers
    keys: CodeKeys
    limits: Limits
    thresholds: Thresholds
    clock: Callable[[], datetime]
    enforce: bool = False
    """Whether the guard's blocking rules block."""
    fallback: timedelta = timedelta(seconds=45)
    templates: Templates = field(default_factory=dict)
    test_numbers: Mapping[str, TestNumber] = field(default_factory=dict)
    half_lives: Mapping[str, int] = field(default_factory=lambda: HALF_LIVES)
    inbound_to: Mapping[str, str] = field(default_factory=dict)
    """Where customers send their word, by channel; empty: no reverse verification."""
    post: Post | None = None
    conversions: Conversions = field(default_factory=Conversions)


class Recipient(NamedTuple):
    """A number that may be sent a code, and whose it is."""

    number: str
    holder: Holder


class Asked(NamedTuple):
    """How a client wants a number verified, and on whose behalf it asks."""

    client_id: str
    purpose: str
    channel: str = "auto"
    locale: str = "vi"
    method: str = "code"
    risk: str = "normal"
    ip: str | None = None
    device: str | None = None
    collector: str | None = None


class Opened(NamedTuple):
    """A new verification, its send record (none where nothing is sent), and what the guard doubts."""

    row: Found
    sending: Sending | None
    doubts: list[Doubt]
    word: str | None = None
    """What the customer has to send us, where the verification is reverse."""


class Checked(NamedTuple):
    """A counted check: of which id, and what is pending under it where the client has such a verification."""

    challenge_id: str
    found: Found | None = None
    content: Content | None = None
    compared: bool = False
    """False where the budget of the code or of its number was used up before: nothing may be compared."""
    last: bool = False
    """Nothing is left to compare after this check: a pending verification ends with it."""
