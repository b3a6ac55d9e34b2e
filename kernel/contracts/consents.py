"""`notices.changed` and `consents.changed`: compacted; the highest version wins."""

from datetime import datetime

import msgspec

from kernel.contracts.event import Event


class NoticePublished(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A new immutable version of a notice; its text is kept by the gateway, its hash proves it."""

    notice: str
    notice_version: int
    purposes: tuple[str, ...]
    sha256: str


class PurposeState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Consent to one purpose: in force when granted after the last withdrawal and not expired."""

    granted_at: datetime | None = None
    """Capture time of the newest act of consent."""
    withdrawn_at: datetime | None = None
    """Withdrawals end every consent captured before them, whenever that one arrives."""
    notice: str | None = None
    notice_version: int | None = None

    @property
    def in_force(self) -> bool:
        """True where the newest consent was captured after the newest withdrawal."""
        if self.granted_at is None:
            return False
        return self.withdrawn_at is None or self.granted_at > self.withdrawn_at


class ConsentChanged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The subject's *whole* consent state at `ledger_version`; a lower version never replaces a higher one."""

    ledger_version: int
    purposes: dict[str, PurposeState]
    restricted: bool = False
    """The person asked that their data only be kept: every use is denied."""


class ConsentHeartbeat(Event, frozen=True, kw_only=True, omit_defaults=True):
    """All consent changes recorded before `recorded_at` precede this in its partition.

    One is sent to each partition every second; a view that has not seen one for 5 s is a failed answer.
    """

    partition: int
