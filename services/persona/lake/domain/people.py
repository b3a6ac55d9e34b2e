"""Who is who: merges are applied when reading."""

from collections.abc import Iterable
from typing import NamedTuple


class Merge(NamedTuple):
    """`subject` is read as `into`; of several merges of one subject the highest version counts."""

    subject: str
    into: str
    version: int


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
