"""A file as rows, whatever its format: numbered as the sheet numbers them, the first one 1. Memory does not grow with a
text file; a spreadsheet is read whole, within `LARGEST_SHEET`."""

import csv
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, Final, NamedTuple

from kernel.sheets.cells import Cell
from kernel.sheets.encodings import SAMPLE, Undecodable, detect, texts
from kernel.sheets.separators import LARGEST_CELL, detect_separator

LARGEST_SHEET: Final = 1 << 30
"""Bytes of a spreadsheet after inflating: what one of 1,048,576 rows needs, and no bomb."""
CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 1 << 23
"""Characters of a line."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

NumberedRow = tuple[int, list[Cell]]


class UnreadableFile(ValueError):
    """The file is none of the formats; `code` is stable, the message holds nothing of the file."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Sheet(NamedTuple):
    """A file's rows, and how they were read: `encoding` and `separator`, or the `sheet`."""

    rows: Iterator[NumberedRow]
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None


def open_sheet(
    file: IO[bytes],
    *,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    largest: int = LARGEST_SHEET,
) -> Sheet:
    """The rows of `file`; what is not told is detected. Raises UnreadableFile, also while rows are taken.

    `largest`: bytes of a spreadsheet after inflating.
    """
    head = file.read(SAMPLE)
    if head.startswith((ZIP, OLE)):
        return _spreadsheet(file, head, sheet, largest)
    if not head.strip():
        raise UnreadableFile("file-empty", "The file is empty.")
    if head.lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise UnreadableFile(
            "file-html", "This is a web page under another name: save it as XLSX or CSV first."
        )
    encoding = encoding or detect(head)
    separator = separator or _separator_of(head, encoding)
    rest = iter(lambda: file.read(CHUNK), b"")
    return Sheet(_text_rows(chain([head], rest), encoding, separator), encoding, separator)


def _separator_of(head: bytes, encoding: str) -> str:
    """By the first whole texts only: where the sample ends a letter may be torn."""
    parts = texts([head[:16_384], b""], encoding)
    try:
        return detect_separator(next(parts))
    except Undecodable:
        return ","


def _text_rows(chunks: Iterable[bytes], encoding: str, separator: str) -> Iterator[NumberedRow]:
    csv.field_size_limit(LARGEST_CELL)
    rows = csv.reader(_lines(texts(chunks, encoding)), delimiter=separator)
    number = 0
    while True:
        try:
            row: list[Cell] = list(next(rows))
        except StopIteration:
            return
        except Undecodable:
            raise UnreadableFile("encoding-wrong", f"The file is not {encoding} throughout.") from None
        except csv.Error:
            raise UnreadableFile(
                "cell-too-long", f"A quoted cell of row {number + 1} does not end."
            ) from None
        number += 1
        if number == 1 and row and isinstance(row[0], str):
            row[0] = row[0].removeprefix("\ufeff")
            if row[0].lower().startswith("sep="):
                continue  # an instruction to Excel, which does not show it
        yield number, row


def _lines(parts: Iterator[str]) -> Iterator[str]:
    """Lines with their ends, whichever of the three these are. Other separators of lines (U+2028, vertical tabs) are
    part of a cell."""
    held = ""
    for part in parts:
        text = held + part.replace("\0", "")
        held = ""
        if text.endswith("\r"):  # its line feed may come with the next part
            text, held = text[:-1], "\r"
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        held = lines.pop() + held
        if len(held) > LONGEST_LINE:
            raise UnreadableFile("line-too-long", "The file is no table: a line of it does not end.")
        for line in lines:
            yield line + "\n"
    if held:
        yield held


def _spreadsheet(file: IO[bytes], head: bytes, wanted: str | None, largest: int) -> Sheet:
    from io import BytesIO

    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    content = BytesIO(head + file.read())
    if head.startswith(ZIP):
        _mind_size(content, largest)
    try:
        book = CalamineWorkbook.from_filelike(content)
        names = [
            one.name
            for one in book.sheets_metadata
            if one.typ is SheetTypeEnum.WorkSheet and one.visible is SheetVisibleEnum.Visible
        ]
        if wanted is not None and wanted not in names:
            raise UnreadableFile("sheet-unknown", "The workbook has no visible sheet of that name.")
        for name in [wanted] if wanted else names:
            found = book.get_sheet_by_name(name)
            if found.start is not None:
                return Sheet(_numbered(found.iter_rows(), found.start[1]), sheet=name)
    except CalamineError:
        raise UnreadableFile(
            "spreadsheet-broken", "The spreadsheet cannot be read: it is broken or locked."
        ) from None
    raise UnreadableFile("file-empty", "No sheet holds any rows.")


def _mind_size(content: IO[bytes], largest: int) -> None:
    try:
        with zipfile.ZipFile(content) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        raise UnreadableFile("spreadsheet-broken", "The spreadsheet cannot be read: it is broken.") from None
    if size > largest:
        raise UnreadableFile("spreadsheet-too-large", "The spreadsheet is too large: save it as CSV.")
    content.seek(0)


def _numbered(rows: Iterable[Sequence[Cell]], left: int) -> Iterator[NumberedRow]:
    """Calamine begins at the sheet's first row, but at the first column that holds anything."""
    pad: list[Cell] = [None] * left
    for number, row in enumerate(rows, 1):
        yield number, [*pad, *row]


def peek(rows: Iterator[NumberedRow], count: int) -> tuple[list[NumberedRow], Iterator[NumberedRow]]:
    """The first `count` rows, and all of them."""
    first = list(islice(rows, count))
    return first, chain(first, rows)
