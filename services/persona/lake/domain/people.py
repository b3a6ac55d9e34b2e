"""Who is who, and who may be profiled: merges are applied when reading, and the stricter consent wins."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from kernel.contracts.consents import ConsentChanged

Standing = Literal["granted", "withdrawn", "never"]
PURPOSE = "profiling"


class Merge(NamedTuple):
    """`subject` is read as `into`; of several merges of one subject the highest version counts."""

    subject: str
    into: str
    version: int


def standing_of(event: ConsentChanged) -> Standing:
    """Where the person stands on profiling: in force, explicitly ended, or never asked."""
    state = event.purposes.get(PURPOSE)
    if state is None:
        return "never"
    if state.in_force:
        return "granted"
    return "withdrawn" if state.withdrawn_at is not None else "never"


def may_profile(origins: Iterable[tuple[str, bool]]) -> bool:
    """True where a person's origins, as (standing, restricted), allow profiling: somebody granted it and nobody
    withdrew or restricted; never asked is neutral."""
    known = list(origins)
    denied = any(restricted or standing == "withdrawn" for standing, restricted in known)
    return not denied and any(standing == "granted" for standing, _ in known)


def person_by_origin(merges: Iterable[Merge]) -> dict[str, str]:
    """The person that each merged origin is read as, chains followed to their end; others stand for themselves."""
    into: dict[str, tuple[int, str]] = {}
    for merge in merges:
        if merge.version >= into.get(merge.subject, (-1, ""))[0]:
            into[merge.subject] = (merge.version, merge.into)
    return {origin: _end(origin, into) for origin in into}


def _end(origin: str, into: dict[str, tuple[int, str]]) -> str:
    seen = {origin}
    while origin in into:
        origin = into[origin][1]
        if origin in seen:  # a circle can only be a fault of the sender: any fixed member will do
            return min(seen)
        seen.add(origin)
    return origin
