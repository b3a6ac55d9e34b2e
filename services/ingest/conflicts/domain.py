"""Where two versions of a record differ. Pure."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from services.ingest.quarantine.domain import masked

MOST: Final = 100
_DEPTH: Final = 6


def differences(stored: bytes, incoming: bytes) -> list[str]:
    """JSON pointers to where two versions differ, up to MOST; names that might be personal are redacted."""
    found: list[str] = []
    for pointer in _differing(_read(stored), _read(incoming), "", 0):
        found.append(pointer)
        if len(found) == MOST:
            break
    return found


def _read(clear: bytes) -> Any:
    try:
        return msgspec.json.decode(clear)
    except (msgspec.DecodeError, RecursionError):
        return None


def _differing(one: Any, other: Any, where: str, depth: int) -> Iterator[str]:
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict) and depth < _DEPTH:
        for key in sorted({*one, *other}):
            yield from _differing(one.get(key), other.get(key), f"{where}/{_step(key)}", depth + 1)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other) and depth < _DEPTH:
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _differing(*pair, f"{where}/{number}", depth + 1)
    else:
        yield where


def _step(key: str) -> str:
    """A member's name as it may be shown."""
    shown = masked(msgspec.json.encode([key]))[0]
    return str(shown).replace("~", "~0").replace("/", "~1")
