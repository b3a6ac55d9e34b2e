"""What changed between two versions of a persona: only what their intervals do not both allow."""

from collections.abc import Mapping
from typing import Any


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes whose 95 % intervals do not overlap, or whose main category changed: {key, label, from, to}."""
    old = _by_key(before)
    found = []
    for key, now in _by_key(after).items():
        then = old.get(key)
        if then and now["value"] is not None and then["value"] is not None and _differs(then, now):
            found.append({"key": key, "label": now["label"], "from": then["value"], "to": now["value"]})
    return found


def _by_key(card: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {each["key"]: each for component in card["components"].values() for each in component}


def _differs(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    if isinstance(now["value"], str):
        return bool(then["value"] != now["value"])
    (low, high), (least, most) = then["interval"], now["interval"]
    return bool(most < low or least > high)
