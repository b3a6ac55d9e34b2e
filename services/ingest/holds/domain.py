"""What a hold keeps of a record. Pure."""

from collections.abc import Collection
from typing import Any

import msgspec

from kernel.privacy.catalogue import UNKNOWN, entry
from kernel.privacy.purposes import BASIS

KINDS = tuple(kind for kind, purpose in BASIS.items() if purpose is not None)
"""Kinds of records about people."""

_KEPT = ("id", "source", "channel", "kind", "occurred_at", "payload", "basis")
_PERSONAL = ("identifiers", "attributes")


class Hold(msgspec.Struct, frozen=True):
    """A hold as it stands. No `fields`: the whole record as it was received."""

    id: str
    subject_id: str
    reason: str
    legal_basis: str
    kinds: tuple[str, ...]
    fields: tuple[str, ...]
    until: int
    created_at: int
    created_by: str
    released_at: int | None = None


def unknown_fields(fields: Collection[str]) -> list[int]:
    """The places in `fields` of those that are neither identifiers nor attributes."""
    return [place for place, name in enumerate(fields) if entry(name) is UNKNOWN]


def held_part(clear: bytes, fields: Collection[str]) -> bytes:
    """What a hold of `fields` keeps of a record: its business content, and of the person those fields only.

    A nested field is named whole (`address`, `social`) or by its parts (`address.province`).
    """
    if not fields:
        return clear
    document: dict[str, Any] = msgspec.json.decode(clear)
    subject = document.get("subject") or {}
    kept = {name: document[name] for name in _KEPT if name in document}
    kept["subject"] = {part: _named(subject.get(part) or {}, fields, "") for part in _PERSONAL}
    return msgspec.json.encode(kept)


def _named(given: dict[str, Any], fields: Collection[str], prefix: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in given.items():
        path = prefix + name
        if path in fields:
            kept[name] = value
        elif isinstance(value, dict) and (inner := _named(value, fields, path + ".")):
            kept[name] = inner
    return kept
