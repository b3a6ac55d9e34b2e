"""What each kind of connector has to be told before it can listen."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from services.social.connectors.domain.terms import Kind

EVERY_S: Final[dict[str, float]] = {"rss": 900.0, "youtube": 1_800.0, "meta": 900.0}
"""Seconds between two reads of a source that is well."""


class Needs(NamedTuple):
    """Names of options and secrets; of `one_of` exactly one option has to be there."""

    options: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Options and secrets that may be there."""


NEEDS: Final[dict[Kind, Needs]] = {
    "rss": Needs(options=("url",), also=("platform",)),
    "youtube": Needs(secrets=("api_key",), one_of=("channel", "video")),
    "meta": Needs(secrets=("secret", "verify_token"), also=("page", "instagram", "access_token")),
    "zalo": Needs(options=("app_id",), secrets=("secret",)),
    "tiktok": Needs(secrets=("secret",)),
    "webhook": Needs(also=("secret",)),
}
"""The secret of `webhook` is made here where none is given; `meta` is read from only with an access token."""


def mistakes(kind: Kind, options: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(JSON pointer, what is wrong) of everything that is missing or not understood."""
    needs = NEEDS[kind]
    for part, given, wanted in (("options", options, needs.options), ("secrets", secrets, needs.secrets)):
        yield from ((f"/{part}/{name}", "This field is required.") for name in wanted if name not in given)
    known = {*needs.options, *needs.secrets, *needs.one_of, *needs.also}
    for part, given in (("options", options), ("secrets", secrets)):
        yield from ((f"/{part}/{name}", f"Unknown for {kind}.") for name in given if name not in known)
    if needs.one_of and sum(name in options for name in needs.one_of) != 1:
        yield "/options", f"Exactly one of {', '.join(needs.one_of)}."
    if "access_token" in secrets and sum(name in options for name in ("page", "instagram")) != 1:
        yield "/options", "An access token reads one page or one instagram account."


def is_read(kind: Kind, secrets: Mapping[str, str]) -> bool:
    """Whether the source is asked from time to time, beside what it sends by itself."""
    return kind in ("rss", "youtube") or (kind == "meta" and "access_token" in secrets)
