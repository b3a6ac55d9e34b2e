"""The signature of webhooks, ours and those of gateways that follow us: a time and an HMAC over it and the body."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from services.verify.senders.port import Untrusted

HEADER: Final = "x-chandung-signature"
TOLERANCE: Final = timedelta(minutes=5)
"""Older signatures are refused, so that a recorded request cannot be played again later."""


def sign(secret: str, body: bytes, now: datetime) -> str:
    """The header's value: `t=<seconds>,v1=<HMAC-SHA-256 of "seconds.body", hex>`."""
    at = int(now.timestamp())
    return f"t={at},v1={_digest(secret, at, body)}"


def mind_signature(secret: str, body: bytes, header: str | None, now: datetime) -> None:
    """Returns where `header` signs `body` and is young. Raises Untrusted."""
    parts = dict(part.partition("=")[::2] for part in (header or "").split(","))
    given, at = parts.get("v1", ""), parts.get("t", "")
    if not secret or not at.isdigit() or len(at) > 12:
        raise Untrusted
    if not hmac.compare_digest(_digest(secret, int(at), body).encode(), given.encode()):
        raise Untrusted
    if abs(now - datetime.fromtimestamp(int(at), UTC)) > TOLERANCE:
        raise Untrusted


def token_of(secret: str, what: str) -> str:
    """A word that only we can make for `what`: it authenticates callbacks that their carrier does not sign."""
    return hmac.digest(secret.encode(), what.encode(), "sha256").hex()[:40]


def mind_token(secret: str, what: str, given: str | None) -> None:
    """Returns where `given` is our word for `what`. Raises Untrusted."""
    if not secret or not hmac.compare_digest(token_of(secret, what).encode(), (given or "").encode()):
        raise Untrusted


def _digest(secret: str, at: int, body: bytes) -> str:
    return hmac.digest(secret.encode(), b"%d." % at + body, "sha256").hex()
