"""Lines to records, as anybody's client would send them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from services.ingest.imports.domain.layout import Layout
from services.ingest.imports.domain.lines import Line, put

SPACE: Final = UUID("9f0c5c6e-3c1b-5f0e-9b43-1f6f1c7f3a54")
"""Name space of the ids of imported records."""

_MONEY: Final = ("total", "discount")
_NO_MINOR_UNIT: Final = frozenset({"VND", "VNĐ", "Đ", "₫", "JPY", "KRW"})

_encode = msgspec.json.Encoder().encode


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What every record of an import says unless its row says otherwise.

    `seed` tells files apart: the same file gives the same ids, and so brings nothing twice.
    """

    seed: str
    source: str
    occurred_at: str
    consent: dict[str, Any] | None = None
    basis: dict[str, Any] | None = None


def record_of(base: Base, layout: Layout, lines: Sequence[Line]) -> bytes:
    """The record in these lines: one, or those of one order."""
    first = lines[0]
    parts = first.parts if len(lines) == 1 else _joined(lines)
    items = [line.item for line in lines if line.item]
    kind = parts.pop("kind", layout.kind)
    record: dict[str, Any] = {
        "id": _id(base, layout, parts, first.row),
        "source": base.source,
        "channel": layout.channel,
        "kind": kind,
        "occurred_at": base.occurred_at,
    }
    if kind != "market_note":
        record["subject"] = parts.pop("subject", {"identifiers": {}})
        record["subject"].setdefault("identifiers", {})
    record["payload"] = parts.pop("payload", {})
    if base.consent is not None:
        record["consent"] = base.consent
    if base.basis is not None:
        record["basis"] = base.basis
    record |= parts
    if kind == "transaction":
        _finish_order(record["payload"], items)
    return _encode(record)


def _id(base: Base, layout: Layout, parts: dict[str, Any], row: int) -> str:
    given = parts.pop("id", None)
    if given is not None:
        return str(given)
    preset = layout.known
    order = parts.get("payload", {}).get("order_id")
    if preset and preset.keyed_by_order and order:
        return str(uuid5(SPACE, f"{layout.preset}|order|{order}"))
    return str(uuid5(SPACE, f"{base.seed}|{layout.kind}|{row}"))


def _joined(lines: Sequence[Line]) -> dict[str, Any]:
    """Of each field what the first line says that says anything; one returned line does not return an order."""
    joined: dict[str, Any] = {}
    for line in reversed(lines):
        _merge(joined, line.parts)
    if not all(line.parts.get("payload", {}).get("returned", True) for line in lines):
        joined["payload"].pop("returned", None)
    return joined


def _merge(into: dict[str, Any], parts: dict[str, Any]) -> None:
    for name, value in parts.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, dict) else value


def _finish_order(payload: dict[str, Any], items: list[dict[str, Any]]) -> None:
    """Items, a total where none was told, and minor units where the currency has any."""
    if items:
        payload["items"] = items
        if "total" not in payload and all(_is_priced(item) for item in items):
            payload["total"] = sum(item["unit_price"] * item.get("quantity", 1) for item in items)
    if not items and "total" not in payload:
        return
    currency = str(payload.setdefault("currency", "VND")).upper()
    payload["currency"] = "VND" if currency in ("VNĐ", "Đ", "₫") else currency
    if currency not in _NO_MINOR_UNIT:
        for holder, names in [(payload, _MONEY), *((item, ("unit_price",)) for item in items)]:
            for name in names:
                if isinstance(holder.get(name), int | float):
                    put(holder, (name,), round(holder[name] * 100))


def _is_priced(item: dict[str, Any]) -> bool:
    return isinstance(item.get("unit_price"), int | float) and isinstance(
        item.get("quantity", 1), int | float
    )
