"""Tokens and their hashes, who is to be asked, and what a link looks like. Pure."""

import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from gateway.consent.domain import Origin
from kernel.privacy.purposes import Purpose

NEVER_ASKED: Final = frozenset({Purpose.SERVICE.value, Purpose.LEGAL.value})
"""Purposes that a contract or the law opens: there is nothing to ask."""
METHOD: Final = "link"
"""How consent was given."""
CONTACT: Final = ("full_name", "phone", "email")
"""What a business needs to send a link to somebody."""


def new_token() -> str:
    """128 random bits, as they stand in a link."""
    return secrets.token_urlsafe(16)


def hash_of(secret: bytes, token: str) -> str:
    """What is kept of a token."""
    return hmac.digest(secret, b"ask|" + token.encode(), "sha256").hex()


def purposes_to_ask(offered: Sequence[str], wanted: Collection[str] | None) -> list[str]:
    """The purposes of a notice that are asked for: those wanted, else all that need consent."""
    return [one for one in offered if one not in NEVER_ASKED and (wanted is None or one in wanted)]


def may_be_asked(origins: Mapping[str, Origin], purposes: Sequence[str]) -> bool:
    """Whether somebody is to be asked: not who said no once, or agreed to all of it already."""
    if any(origin.restricted for origin in origins.values()):
        return False
    lines = [origin.state[one] for origin in origins.values() for one in purposes if one in origin.state]
    if any(line.withdrawn for line in lines):
        return False
    given = {
        one
        for origin in origins.values()
        for one in purposes
        if one in origin.state and origin.state[one].in_force
    }
    return not given.issuperset(purposes)


def national(phone: str) -> str:
    """A Vietnamese number as people dial it: a plus at its beginning would make a formula of a cell."""
    return "0" + phone.removeprefix("+84") if phone.startswith("+84") else phone
