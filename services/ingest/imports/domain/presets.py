"""Exports of well-known systems: what their columns are, as data files in `presets/`."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from kernel.sheets.header import plain
from kernel.sheets.presets import read_presets, recognised


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """How a system exports. Columns are found by their names without accents and case, whatever their order."""

    title: str
    kind: str
    channel: str
    signature: tuple[str, ...]
    """Columns that no other export has all of: by them it is recognised."""
    columns: Mapping[str, str]
    """Column to field; those that a file lacks are not missed."""
    prefix: str = ""
    """What the system's own customer ids are told apart by: `KH001` of two shops is not one person."""
    keyed_by_order: bool = False
    """Records are told apart by order, so that exports whose days overlap bring each order once."""
    remarks: str = ""
    """How a row of explanations under the header begins."""
    cancelled: Mapping[str, tuple[str, ...]] = {}
    """Column to the values by which an order never became a purchase."""
    returned: Mapping[str, tuple[str, ...]] = {}
    """Column to the values by which a purchase was sent back."""


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset by its key, the most particular first."""
    return read_presets(__package__, _made)


def recognise(columns: Sequence[str]) -> str | None:
    """The key of the preset that a file with these columns comes from."""
    return recognised(presets(), columns)


def apply(preset: Preset, columns: Sequence[str]) -> dict[str, str]:
    """Column of the file to field; the first of columns of one name counts."""
    mapping: dict[str, str] = {}
    for column in columns:
        field = preset.columns.get(plain(column), "")
        mapping[column] = "" if field in mapping.values() else field
    return mapping


def _made(told: dict[str, Any]) -> Preset:
    for part in ("cancelled", "returned"):
        told[part] = {
            plain(name): [plain(one) for one in values] for name, values in told.get(part, {}).items()
        }
    return msgspec.convert(told, Preset)
