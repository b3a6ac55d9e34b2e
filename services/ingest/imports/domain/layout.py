"""What a file turns out to be: how it is read, what its columns become, and which of them were understood."""

from collections.abc import Iterator, Mapping
from typing import IO, Final

import msgspec

from kernel.sheets.header import LOOKED_AT, find_header, plain
from kernel.sheets.opening import NumberedRow, UnreadableFile, open_sheet, peek
from services.ingest.imports.domain.fields import KINDS
from services.ingest.imports.domain.mapping import EXACT, Suggestion, is_known, mistakes, suggest
from services.ingest.imports.domain.presets import Preset, apply, presets, recognise

CHANNELS: Final = {
    "profile": "crm", "interaction": "other", "attendance": "event", "feedback": "survey", "market_note": "competitor",
}  # fmt: skip
"""The channel of a kind, where it is not called the same."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the importer said; the rest is found out."""

    mapping: dict[str, str] | None = None
    preset: str | None = None
    kind: str | None = None
    channel: str | None = None
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How the file is read. `data_row` is the sheet's number of the first row after the header."""

    encoding: str | None
    separator: str | None
    sheet: str | None
    columns: list[Suggestion]
    data_row: int
    kind: str
    channel: str
    preset: str | None
    mistakes: list[tuple[str, str]] = []
    """(column, what is wrong) of the mapping that was asked for."""

    @property
    def known(self) -> Preset | None:
        """The preset that it follows."""
        return presets()[self.preset] if self.preset else None

    @property
    def mapping(self) -> Mapping[str, str]:
        """Column to field, of those that become one."""
        return {one.column: one.field for one in self.columns if one.field}


def look(file: IO[bytes], asked: Asked) -> tuple[Layout, Iterator[NumberedRow]]:
    """The layout of `file`, and its rows from the first row of data on. Raises UnreadableFile."""
    sheet = open_sheet(file, encoding=asked.encoding, separator=asked.separator, sheet=asked.sheet)
    first, rows = peek(sheet.rows, LOOKED_AT)
    try:
        header = find_header([row for _, row in first], is_known)
    except ValueError:
        raise UnreadableFile("file-empty", "The file holds no rows.") from None
    key = asked.preset or (recognise(header.columns) if asked.mapping is None else None)
    preset = presets()[key] if key else None
    kind = asked.kind or (preset.kind if preset else KINDS[0])
    if preset and preset.kind != kind:
        key, preset = None, None
    data = header.data + bool(preset and _has_remarks(preset, first, header.data))
    layout = Layout(
        encoding=sheet.encoding,
        separator=sheet.separator,
        sheet=sheet.sheet,
        columns=_columns(header.columns, asked.mapping, preset, kind),
        data_row=first[data - 1][0] + 1,
        kind=kind,
        channel=asked.channel or (preset.channel if preset else CHANNELS.get(kind, kind)),
        preset=key,
        mistakes=mistakes(asked.mapping, header.columns) if asked.mapping is not None else [],
    )
    return layout, (row for row in rows if row[0] >= layout.data_row)


def _columns(
    names: tuple[str, ...], mapping: Mapping[str, str] | None, preset: Preset | None, kind: str
) -> list[Suggestion]:
    if mapping is None and preset is None:
        return suggest(names, kind)
    told = mapping if mapping is not None else apply(preset, names) if preset else {}
    return [Suggestion(name, told.get(name, ""), EXACT if told.get(name) else 0.0) for name in names]


def _has_remarks(preset: Preset, rows: list[NumberedRow], place: int) -> bool:
    if not preset.remarks or place >= len(rows):
        return False
    return any(plain(str(cell)).startswith(plain(preset.remarks)) for cell in rows[place][1][:1])
