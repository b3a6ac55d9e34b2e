"""A row of a sheet, read: the parts of a record that it tells, the item of an order where it is one, and its flaws."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from kernel.sheets.cells import Cell, Flaw, Reading, text_of
from kernel.sheets.header import plain
from services.ingest.imports.domain.fields import path_of, reading_of
from services.ingest.imports.domain.layout import Layout

ITEM: Final = ("payload", "items")
SUMMARIES: Final = frozenset({"tong", "tong cong", "cong", "tong so", "total", "grand total", "sum"})

SURPLUS: Final = Flaw("cells-too-many", "The row has more cells than the header has columns.")
NOTHING_MAPPED: Final = Flaw("row-empty", "No column that becomes a field holds anything in this row.")
SUMMARY: Final = Flaw("row-summary", "This is the sum under a table, no record.")
CANCELLED: Final = Flaw("order-cancelled", "The order was cancelled: it is no purchase.")


class Problem(msgspec.Struct, frozen=True, array_like=True):
    """Something that a person should know of a row: `column` is its place, None where it is the row's."""

    row: int
    column: int | None
    code: str
    detail: str


class Column(NamedTuple):
    """A column that becomes a field."""

    place: int
    reading: Reading
    path: tuple[str, ...]


class Line(NamedTuple):
    """What a row tells; `failed` where it is no record at all."""

    row: int
    parts: dict[str, Any]
    item: dict[str, Any]
    problems: list[Problem]
    failed: bool = False
    cancelled: bool = False


class Lines:
    """Reads the rows of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.columns = [
            Column(place, reading, path_of(one.field))
            for place, one in enumerate(layout.columns)
            if one.field and (reading := reading_of(one.field))
        ]
        self._width = len(layout.columns)
        self._is_text = layout.separator is not None
        preset = layout.known
        names = {plain(one.column): place for place, one in enumerate(layout.columns)}
        self._prefix = f"{preset.prefix}:" if preset and preset.prefix else ""
        self._cancelled = _conditions(preset.cancelled if preset else {}, names)
        self._returned = _conditions(preset.returned if preset else {}, names)

    def read(self, number: int, cells: Sequence[Cell]) -> Line | None:
        """The line in a row; None where the row is empty."""
        if is_empty(cells):
            return None
        line = Line(number, {}, {}, [])
        if self._is_text and any(text_of(cell) for cell in cells[self._width :]):
            return _failed(line, SURPLUS)
        for place, reading, path in self.columns:
            cell = cells[place] if place < len(cells) else None
            if cell is None or cell == "":
                continue
            value, flaw = reading(cell)
            if flaw is not None:
                line.problems.append(Problem(number, place, flaw.code, flaw.detail))
            if value is not None:
                if path[:2] == ITEM:
                    line.item[path[2]] = value
                else:
                    put(line.parts, path, value)
        return self._judged(line, cells)

    def _judged(self, line: Line, cells: Sequence[Cell]) -> Line:
        identifiers = line.parts.get("subject", {}).get("identifiers", {})
        if _is_summary(cells) and not any(map(_has_digits, identifiers.values())):
            return _failed(line, SUMMARY)
        if not line.parts and not line.item and not line.problems:
            return _failed(line, NOTHING_MAPPED)
        if self._prefix and "external_id" in identifiers:
            identifiers["external_id"] = self._prefix + identifiers["external_id"]
        attributes = line.parts.get("subject", {}).get("attributes", {})
        if "last_name" in attributes and "first_name" in attributes:  # as Vietnamese write a name
            attributes.setdefault("full_name", f"{attributes['last_name']} {attributes['first_name']}")
        if _holds(self._returned, cells):
            put(line.parts, ("payload", "returned"), True)
        return line._replace(cancelled=True) if _holds(self._cancelled, cells) else line


def is_empty(cells: Sequence[Cell]) -> bool:
    """Whether a row holds nothing: it is no row of the table."""
    return not any(cells) and all(cell is None or cell == "" for cell in cells)


def put(parts: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set a value where `path` says."""
    for name in path[:-1]:
        parts = parts.setdefault(name, {})
    parts[path[-1]] = value


def _failed(line: Line, flaw: Flaw) -> Line:
    line.problems.append(Problem(line.row, None, flaw.code, flaw.detail))
    return line._replace(failed=True)


def _is_summary(cells: Sequence[Cell]) -> bool:
    first = next((text for cell in cells if (text := text_of(cell))), "")
    return plain(first) in SUMMARIES


def _has_digits(value: Any) -> bool:
    return any(map(str.isdigit, str(value)))


_Condition = tuple[int, frozenset[str]]


def _conditions(told: Mapping[str, Sequence[str]], names: Mapping[str, int]) -> list[_Condition]:
    return [(names[column], frozenset(values)) for column, values in told.items() if column in names]


def _holds(conditions: Sequence[_Condition], cells: Sequence[Cell]) -> bool:
    return any(place < len(cells) and plain(text_of(cells[place])) in values for place, values in conditions)
