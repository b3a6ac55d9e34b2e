"""What a view of the consent ledger permits: pure rules, the same in every service."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat, PurposeState
from kernel.contracts.event import Event
from kernel.errors import ConsentMissing, ConsentUnknown

STALE_AFTER = timedelta(seconds=5)
"""A view whose heartbeat is older is a failed answer, and so a denial (law 2 of the house)."""


class Standing(NamedTuple):
    """Where one origin of a person stands on one purpose; all False: never asked."""

    granted: bool
    withdrawn: bool
    """An explicit withdrawal that no newer consent revived."""
    restricted: bool


NEVER_ASKED = Standing(granted=False, withdrawn=False, restricted=False)


def standing_on(purpose: str, event: ConsentChanged) -> Standing:
    """What a whole consent state says of one purpose."""
    state = event.purposes.get(purpose, PurposeState())
    withdrawn = state.withdrawn_at is not None and not state.in_force
    return Standing(state.in_force, withdrawn, event.restricted)


def allows(origins: Iterable[Standing]) -> bool:
    """The stricter consent of a person's origins wins: one granted it and none withdrew or restricted."""
    known = list(origins)
    denied = any(standing.restricted or standing.withdrawn for standing in known)
    return not denied and any(standing.granted for standing in known)


def is_stale(seen_to: datetime | None, now: datetime, after: timedelta = STALE_AFTER) -> bool:
    """Whether a view that has seen everything up to `seen_to` (None: nothing yet) is too old to be asked."""
    return seen_to is None or now - seen_to > after


def permit(purpose: str, origins: Iterable[Standing], seen_to: datetime | None, now: datetime) -> None:
    """Return where a person's `origins` allow `purpose`. Raises ConsentUnknown, whatever they hold, where the view is
    stale, and ConsentMissing where it was not granted, was withdrawn or restricted."""
    if is_stale(seen_to, now):
        raise ConsentUnknown(headers={"Retry-After": "5"})
    known = list(origins)
    if any(standing.restricted for standing in known):
        raise ConsentMissing("The person asked that their data only be kept.")
    if not allows(known):
        raise ConsentMissing(f"The person has not consented to {purpose}, or withdrew it.")


def newest_states(events: Iterable[Event]) -> dict[str, ConsentChanged]:
    """Of each subject the state with the highest version of the ledger."""
    newest: dict[str, ConsentChanged] = {}
    for event in events:
        if isinstance(event, ConsentChanged) and event.subject:
            known = newest.get(event.subject)
            if known is None or event.ledger_version > known.ledger_version:
                newest[event.subject] = event
    return newest


def newest_beats(events: Iterable[Event]) -> dict[int, datetime]:
    """Of each partition the newest heartbeat."""
    newest: dict[int, datetime] = {}
    for event in events:
        if isinstance(event, ConsentHeartbeat):
            known = newest.get(event.partition)
            newest[event.partition] = max(known, event.recorded_at) if known else event.recorded_at
    return newest
