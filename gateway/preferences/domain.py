"""Signing in at the page: what a person has shown of themselves, and what that opens. Pure."""

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

COOKIE: Final = "chandung_visit"
SIGN_IN: Final = timedelta(minutes=10)
"""How long signing in may take."""
SIGNED_IN: Final = timedelta(minutes=30)
SECOND_TRIES: Final = 5
SECOND_FACTORS: Final = ("national_id", "passport", "driver_licence", "external_id")
"""What nobody else at the same number is likely to know; a name, a birthday or an address they do."""


class Stage(StrEnum):
    """How far somebody has come."""

    CODE_OPEN = "code-open"
    """A code was sent; the number is known to be one person's of late."""
    CODE_SECOND = "code-second"
    """A code was sent; the number alone will not do."""
    CODE_NOBODY = "code-nobody"
    """A code was sent to a number that we know nobody by: it looks the same until it was entered."""
    SECOND = "second"
    """The code was right; another fact is needed."""
    NOBODY = "nobody"
    IN = "in"


AFTER_CODE: Final = {
    Stage.CODE_OPEN: Stage.IN,
    Stage.CODE_SECOND: Stage.SECOND,
    Stage.CODE_NOBODY: Stage.NOBODY,
}


def stage_for(
    subject: str | None, people: int, evidence: Mapping[str, Any], now: datetime, days: int
) -> Stage:
    """What the code will open: everything only where the number is one person's, who proved it within `days`.

    `evidence` is verify's answer about the number. A number that several people were seen with, that changed hands, or
    whose holder has not been verified lately opens nothing by itself.
    """
    if subject is None and not people:
        return Stage.CODE_NOBODY
    proofs = [
        datetime.fromisoformat(one["at"])
        for one in evidence.get("evidence", ())
        if one["kind"] == "possession" and one["ok"]
    ]
    lately = any(now - at <= timedelta(days=days) for at in proofs)
    alone = subject is not None and people <= 1
    return Stage.CODE_OPEN if alone and lately and not evidence.get("recycled") else Stage.CODE_SECOND


def new_token() -> str:
    """192 random bits, as they stand in the cookie."""
    return secrets.token_urlsafe(24)


def hash_of(secret: bytes, use: str, what: str) -> str:
    """What is kept of a token (`visit`) or a number (`number`), and what a form must bring along (`form`)."""
    return hmac.digest(secret, f"{use}|{what}".encode(), "sha256").hex()


def changes(
    offered: Sequence[str], in_force: Iterable[str], ticked: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the person gives and what they withdraw, of the purposes that the form offered."""
    held, wanted = set(in_force), set(ticked)
    given = tuple(one for one in offered if one in wanted and one not in held)
    return given, tuple(one for one in offered if one in held and one not in wanted)
