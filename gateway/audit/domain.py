"""The chain's rule: an entry's hash covers its content and the hash before it."""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import msgspec

Action = Literal[
    "read", "lookup", "reveal", "write", "consent", "withdraw", "privacy", "policy", "client", "key", "login"
]
Decision = Literal["allow", "deny"]

GENESIS = bytes(32)
"""The hash before the first entry."""


class Entry(NamedTuple):
    """What happened, before it has a place in the chain. Holds ids only, never a value."""

    client_id: str
    action: Action
    decision: Decision
    reason: str
    subject: str | None = None
    purpose: str | None = None
    fields: tuple[str, ...] = ()
    decision_id: str | None = None


class Verdict(NamedTuple):
    """How far the chain holds; `first_bad` is the id of the first entry that does not fit, where there is one."""

    ok: bool
    entries: int
    first_bad: str | None


def entry_hash(key: bytes, before: bytes, place: tuple[int, str, datetime], entry: Entry) -> bytes:
    """HMAC-SHA-256 over the hash before and the canonical JSON of `place` (sequence, id, time) and the entry."""
    sequence, id_, at = place
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = msgspec.json.encode([sequence, id_, moment, *entry])
    return hmac.digest(key, before + content, "sha256")


def follow(key: bytes, before: bytes, expected: int, rows: Iterable[Any]) -> tuple[bytes, int, str | None]:
    """Check rows in order from `expected` on: the last good hash, the next sequence, the first bad id."""
    for row in rows:
        entry = Entry(
            row.client_id,
            row.action,
            row.decision,
            row.reason,
            row.subject,
            row.purpose,
            tuple(row.fields),
            row.decision_id,
        )
        wanted = entry_hash(key, before, (expected, row.id, row.at), entry)
        if row.sequence != expected or not hmac.compare_digest(wanted, row.hash):
            return before, expected, row.id
        before, expected = row.hash, expected + 1
    return before, expected, None
