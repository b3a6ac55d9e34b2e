"""What a source is."""

import re

import msgspec

DEFAULT = "default"
"""The source that always exists."""

is_source_key = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}").fullmatch


class DefaultConsent(msgspec.Struct, frozen=True):
    """The consent that every visitor of a source gave before its SDK was loaded. It never revives a purpose."""

    notice: str
    version: int
    purposes: tuple[str, ...]


class Source(msgspec.Struct, frozen=True):
    """A registered source."""

    key: str
    name: str
    created_at: int
    default_consent: DefaultConsent | None = None
    vouches: bool = False
    """It knows whom it serves (staff who look, a login): its records speak for people who proved to hold a phone."""
