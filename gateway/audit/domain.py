"""The chains' rule: an entry's hash covers its content and the hash before it; and what an export of them is."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec

Action = Literal[
    "read", "lookup", "reveal", "write", "consent", "withdraw", "privacy", "policy", "client", "key", "login"
]
Decision = Literal["allow", "deny"]

GENESIS = bytes(32)
"""The hash before the first entry of each chain."""

FIRST_CHAIN: Final = 1


class Entry(NamedTuple):
    """What happened, before it has a place in a chain. Holds ids only, never a value."""

    client_id: str
    action: Action
    decision: Decision
    reason: str
    subject: str | None = None
    purpose: str | None = None
    fields: tuple[str, ...] = ()
    decision_id: str | None = None
    context: Mapping[str, Any] | None = None
    """What a decision rested on, so that other policies can be tried on it later."""


class Verdict(NamedTuple):
    """How far the trail holds; `first_bad` is the id of the first entry that does not fit, where there is one.

    `trouble` says in words what else is wrong: a chain that is shorter than it was, a checkpoint that does not fit.
    """

    ok: bool
    entries: int
    first_bad: str | None
    checkpoints: int = 0
    trouble: str | None = None


class Place(NamedTuple):
    """Where an entry stands."""

    chain: int
    sequence: int
    id: str
    at: datetime


def entry_hash(key: bytes, before: bytes, place: Place, entry: Entry) -> bytes:
    """HMAC-SHA-256 over the hash before and the canonical JSON of place and entry."""
    moment = place.at.astimezone(UTC).isoformat(timespec="microseconds")
    *told, context = entry
    content: list[Any] = [place.sequence, place.id, moment, *told]
    if context is not None:  # neither is part of entries from before there was such a thing
        content.append(context)
    if place.chain != FIRST_CHAIN:
        content.append(place.chain)
    return hmac.digest(key, before + msgspec.json.encode(content, order="sorted"), "sha256")


def follow(
    key: bytes, before: bytes, expected: int, rows: Iterable[Any], chain: int = FIRST_CHAIN
) -> tuple[bytes, int, str | None]:
    """Check a chain's rows in order from `expected` on: the last good hash, the next sequence, the first bad id."""
    for row in rows:
        place = Place(chain, expected, row.id, row.at)
        wanted = entry_hash(key, before, place, entry_of(row))
        if row.sequence != expected or not hmac.compare_digest(wanted, row.hash):
            return before, expected, row.id
        before, expected = row.hash, expected + 1
    return before, expected, None


def entry_of(row: Any) -> Entry:
    """The entry in a row."""
    return Entry(
        row.client_id, row.action, row.decision, row.reason, row.subject, row.purpose, tuple(row.fields),
        row.decision_id, row.context,
    )  # fmt: skip


def next_link(before: bytes, line: Mapping[str, Any]) -> bytes:
    """SHA-256 over the link before and a line of an export without its own: anybody can follow these."""
    told = {name: value for name, value in line.items() if name != "link"}
    return hashlib.sha256(before + msgspec.json.encode(told, order="sorted")).digest()


def line_of(row: Any) -> dict[str, Any]:
    """A row as a line of an export, without its link."""
    return {
        "chain": row.chain,
        "sequence": row.sequence,
        "id": row.id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        **{**entry_of(row)._asdict(), "fields": list(row.fields)},
        "hash": row.hash.hex(),
    }
