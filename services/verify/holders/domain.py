"""Whether a person may be sent a code: pure rules over the view of consents."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

from kernel.contracts.consents import ConsentChanged, PurposeState
from kernel.privacy.purposes import Purpose

STALE_AFTER: Final = timedelta(seconds=5)
"""A view whose heartbeat is older is a failed answer (law 2 of the house)."""


class Holder(NamedTuple):
    """Whose number it is, as ingest resolved it; `subject` None: of nobody known."""

    subject: str | None
    blind_index: str | None = None


class OriginState(NamedTuple):
    """Consent to `verification` of one origin subject."""

    granted: bool
    withdrawn: bool
    """An explicit withdrawal that no newer consent revived."""
    restricted: bool


class Answer(Enum):
    """What the view says."""

    ALLOWED = "allowed"
    MISSING = "consent-missing"
    RESTRICTED = "restricted"
    UNKNOWN = "consent-unknown"


def origin_state(event: ConsentChanged) -> OriginState:
    """What verify keeps of a person's whole consent state."""
    state = event.purposes.get(Purpose.VERIFICATION, PurposeState())
    withdrawn = state.withdrawn_at is not None and not state.in_force
    return OriginState(state.in_force, withdrawn, event.restricted)


def judge(origins: Iterable[OriginState], seen_to: datetime | None, now: datetime) -> Answer:
    """The stricter consent of a person's origins wins; one that was never asked is neutral.

    A view that is behind by more than STALE_AFTER answers UNKNOWN, whatever it holds.
    """
    if seen_to is None or now - seen_to > STALE_AFTER:
        return Answer.UNKNOWN
    states = list(origins)
    if any(state.restricted for state in states):
        return Answer.RESTRICTED
    if any(state.withdrawn for state in states) or not any(state.granted for state in states):
        return Answer.MISSING
    return Answer.ALLOWED
