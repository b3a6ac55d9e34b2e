"""Each source's terms as data: how long its texts may be kept, and whether they may be tied to a person."""

from typing import Final, Literal, NamedTuple, get_args

Kind = Literal["meta", "zalo", "tiktok", "youtube", "rss", "webhook"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
POLLED: Final = frozenset({"meta", "youtube", "rss"})
"""Kinds that are read from; the others only send."""


class Terms(NamedTuple):
    """`retention_days`: deleted, unless seen again, after so many days; None: as long as it is there.

    `linkable`: may be tied to a person who consented, where the platform's own terms allow it as well.
    `deletion`: how the source tells of removals.
    """

    retention_days: int | None
    linkable: bool
    deletion: str


TERMS: Final[dict[Kind, Terms]] = {
    "meta": Terms(None, True, "webhook with verb remove; data deletion callback by user"),
    "zalo": Terms(None, True, "none: erased with the person"),
    "tiktok": Terms(None, False, "authorization.removed ends the connector"),
    "youtube": Terms(30, False, "refreshed or deleted within 30 days; never tied to a person"),
    "rss": Terms(None, False, "none"),
    "webhook": Terms(None, True, "`removed` in a call"),
}
"""From the platforms' developer terms; an operator's own connector may keep shorter, never longer."""


def retention_of(kind: Kind, wished: int | None) -> int | None:
    """Days that texts of a connector are kept: the shorter of what the terms and the operator say."""
    stated = [days for days in (TERMS[kind].retention_days, wished) if days is not None]
    return min(stated) if stated else None
