"""What a quarantined record is, what it waits for, and how it is shown. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from kernel.ids import canonical_id
from kernel.privacy.catalogue import attribute, identifier
from kernel.privacy.masking import Mask, mask
from kernel.privacy.redaction import redact

MAX_SHOWN_DEPTH: Final = 16

WAITING, RELEASED, SUPERSEDED, CONFLICTED = "waiting", "released", "superseded", "conflict"
ERASED_STATE = "erased"
CONTESTED, DISMISSED, EXPIRED = "contested", "dismissed", "expired"
"""A version of a stored record that a person must choose or drop; what a person dropped; what nobody cared for."""

HELD: Final = (WAITING, CONTESTED)
"""States in which there is still a sealed record."""

State = Literal[
    "waiting", "contested", "released", "superseded", "conflict", "dismissed", "expired", "erased"
]


class Reason(msgspec.Struct, frozen=True):
    """Why a record is not stored: a stable code, where (JSON pointer), and a sentence without any value of it."""

    code: str
    pointer: str
    detail: str


decode_reasons = msgspec.json.Decoder(list[Reason]).decode

WAITS: Final = {
    "consent-unknown": "view",
    "consent-missing": "consent",
    "notice-unknown": "notice",
    "source-unknown": "source",
    "plan-violated": "plan",
}
"""Reason to what ends it by itself; others want a person."""


def waits_for(reasons: Sequence[Reason]) -> str | None:
    """What may make a record good by itself, None where only a correction can.

    Reasons about single identifiers do not count while another identifier is good.
    """
    blocking = [reason.code for reason in reasons if not reason.code.startswith("identifier-invalid")]
    found = {WAITS.get(code) for code in blocking}
    return found.pop() if len(found) == 1 else None


class Item(msgspec.Struct, kw_only=True):
    """A record on its way into quarantine."""

    id: str
    record_id: str | None
    source: str | None
    kind: str | None
    reasons: Sequence[Reason]
    content_hash: bytes
    clear: bytes
    indexes: Sequence[bytes]
    received_at: int
    state: str = WAITING


class Sought(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a list or a job is narrowed to; None means any. Moments are in microseconds, `until` excluded."""

    state: str = WAITING
    source: str | None = None
    reason: str | None = None
    kind: str | None = None
    since: int | None = None
    until: int | None = None
    ids: tuple[str, ...] | None = None


class Change(msgspec.Struct, frozen=True):
    """What somebody did with an item. The hashes tell contents apart and say nothing of them."""

    quarantine_id: str
    by: str
    action: str
    """released, corrected, dismissed, kept_stored or kept_incoming."""
    outcome: str
    old_hash: bytes | None = None
    new_hash: bytes | None = None
    note: str | None = None


def masked(clear: bytes) -> Any:
    """The record as it may be shown: identifiers and attributes masked, texts redacted, the rest as it is."""
    try:
        document = msgspec.json.decode(clear)
    except (msgspec.DecodeError, RecursionError):
        return {"unreadable": True}
    if not isinstance(document, dict):
        return _free(document)
    return {_free(key): _PARTS.get(key, _free)(value) for key, value in document.items()}


def _subject(value: Any) -> Any:
    if not isinstance(value, dict):
        return _hidden(value)
    return {
        "identifiers": _named(value.get("identifiers"), lambda name: identifier(name).mask),
        "attributes": _named(value.get("attributes"), lambda name: attribute(name).mask),
    }


def _named(value: Any, mask_of: Callable[[str], Mask], prefix: str = "") -> Any:
    if not isinstance(value, dict) or prefix.count(".") > 1:
        return _hidden(value)
    shown = {}
    for name, cell in value.items():
        path = f"{prefix}{name}"
        if isinstance(cell, dict):
            shown[_free(name)] = _named(cell, mask_of, path + ".")
        elif cell is None:
            shown[_free(name)] = None
        else:
            written = cell if isinstance(cell, str) else _written(cell)
            shown[_free(name)] = mask(mask_of(path), written)
    return shown


def _written(cell: Any) -> str:
    return msgspec.json.encode(cell).decode()


def _hidden(value: Any) -> Any:
    return None if value is None else mask(Mask.WHOLE, "")


def _consent(value: Any) -> Any:
    if not isinstance(value, dict):
        return _hidden(value)
    return {
        _free(key): _hidden(cell) if key in ("proof", "device_id", "location") else _free(cell)
        for key, cell in value.items()
    }


def _id(value: Any) -> Any:
    return value if isinstance(value, str) and canonical_id(value) else _free(value)


def _free(value: Any, depth: int = 0) -> Any:
    """Free data: texts redacted, and long numbers, which may be anybody's; what nests deeply is not shown."""
    if isinstance(value, str):
        return redact(value).text
    if isinstance(value, dict | list) and depth >= MAX_SHOWN_DEPTH:
        return mask(Mask.WHOLE, "")
    if isinstance(value, dict):
        return {_free(key): _free(cell, depth + 1) for key, cell in value.items()}
    if isinstance(value, list):
        return [_free(cell, depth + 1) for cell in value]
    if isinstance(value, int | float) and abs(value) >= 10**8:
        text = f"{value:.0f}"
        return value if redact(text).text == text and redact("0" + text).text == "0" + text else _hidden(text)
    return value


_PARTS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": _id,
    "subject": _subject,
    "consent": _consent,
    "basis": _consent,
    "collector": _consent,
    "occurred_at": lambda value: value if isinstance(value, str) and len(value) <= 40 else _hidden(value),
}
