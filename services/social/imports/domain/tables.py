"""A file of mentions: how it is laid out, and block by block what stands in it."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import islice
from typing import Any, Final, NamedTuple

from kernel.sheets.cells import Cell, text_of
from kernel.sheets.header import LOOKED_AT, find_header
from kernel.sheets.opening import NumberedRow, UnreadableFile, open_sheet, peek
from services.social.analysis.domain.findings import Platform
from services.social.imports.domain.cells import likes_of, moment_of, rating_of
from services.social.imports.domain.presets import FIELDS, Field, fields_of, is_known, presets, recognise
from services.social.mentions.domain.incoming import Refused, Taken, take_items
from services.social.mentions.domain.pseudonyms import fingerprint_of

LARGEST_SHEET: Final = 200 * 1024 * 1024
"""Bytes of a spreadsheet after inflating: it is read whole."""


class Asked(NamedTuple):
    """What the importer said; the rest is found out."""

    platform: Platform | None = None
    preset: str | None = None
    mapping: Mapping[str, str] | None = None
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None


class Layout(NamedTuple):
    """How the file is read. `fields`: one a column, empty where it is ignored; `data_row`: the sheet's first of data."""

    preset: str | None
    platform: Platform
    encoding: str | None
    separator: str | None
    sheet: str | None
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    data_row: int


class Problem(NamedTuple):
    """What is wrong in a row, without any of its values."""

    row: int
    column: str | None
    code: str
    detail: str


class Block(NamedTuple):
    """Some rows of a file, judged; `after`: the row to go on behind, None at the end."""

    layout: Layout
    rows: list[int]
    judged: list[Taken | Refused]
    problems: list[Problem]
    after: int | None


class Broken(NamedTuple):
    """The file cannot be read (further): a stable code, and a sentence without any of it."""

    code: str
    detail: str


def read_block(
    content: bytes, asked: Asked, secret: bytes, now_ms: int, after: int, count: int
) -> Block | Broken:
    """Up to `count` rows behind the sheet's row `after` (0: from the first). A file is opened anew for each block, so
    that no more than a block of it is held in memory beside the file itself."""
    try:
        layout, rows = _opened(content, asked)
        wanted = list(islice((row for row in rows if row[0] > after and any(map(text_of, row[1]))), count))
    except UnreadableFile as error:
        return Broken(error.code, str(error))
    items = [_mention(layout, cells, secret) for _, cells in wanted]
    numbers = [number for number, _ in wanted]
    judged = take_items(items, secret, now_ms)
    problems = [
        problem
        for number, one in zip(numbers, judged, strict=True)
        if isinstance(one, Refused)
        for problem in _problems(layout, number, one)
    ]
    return Block(layout, numbers, judged, problems, numbers[-1] if len(wanted) == count else None)


def _opened(content: bytes, asked: Asked) -> tuple[Layout, Iterator[NumberedRow]]:
    sheet = open_sheet(
        BytesIO(content), encoding=asked.encoding, separator=asked.separator, sheet=asked.sheet,
        largest=LARGEST_SHEET,
    )  # fmt: skip
    first, rows = peek(sheet.rows, LOOKED_AT)
    try:
        header = find_header([row for _, row in first], is_known)
    except ValueError:
        raise UnreadableFile("file-empty", "The file holds no rows.") from None
    key = asked.preset or (recognise(header.columns) if asked.mapping is None else None)
    preset = presets()[key] if key else None
    platform = asked.platform or (preset.platform if preset else None)
    if platform is None:
        raise UnreadableFile("platform-unknown", "Say which platform the mentions are of.")
    told = asked.mapping if asked.mapping is not None else fields_of(header.columns, preset)
    _mind_mapping(told, header.columns)
    fields = tuple(told.get(column, "") for column in header.columns)
    last = first[header.data - 1][0]
    found = Layout(
        key, platform, sheet.encoding, sheet.separator, sheet.sheet, header.columns, fields, last + 1
    )
    return found, (row for row in rows if row[0] > last)


def _mind_mapping(mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    fields = [field for field in mapping.values() if field]
    if set(mapping) - set(columns) or set(fields) - set(FIELDS) or len(set(fields)) < len(fields):
        raise UnreadableFile("mapping-wrong", "The mapping names other columns, or a field twice or unknown.")
    if "published_at" not in fields or not {"text", "rating"} & set(fields):
        raise UnreadableFile(
            "columns-missing",
            "A column has to say when (published_at), and one what (text or rating): map them.",
        )


def _mention(layout: Layout, cells: Sequence[Cell], secret: bytes) -> dict[str, Any]:
    """A row as POST /v1/mentions/batch takes it. Without an id of its own a mention is known by all it says."""
    said: dict[str, Cell] = {field: cell for field, cell in zip(layout.fields, cells, strict=False) if field}
    words = {name: text_of(said.get(name)) for name in ("id", "title", "text", "author", "url", "lang")}
    rating, moment = rating_of(said.get("rating")), moment_of(said.get("published_at"))
    text = "\n".join(filter(None, (words["title"], words["text"])))
    known = (layout.platform, words["author"], moment, text, str(rating))
    made: dict[str, Any] = {
        "id": _native_id(words["id"]) or "row:" + fingerprint_of(secret, *known).hex(),
        "platform": layout.platform,
        "text": text,
        "published_at": moment,
        "url": words["url"] or None,
        "lang": words["lang"] or None,
        "rating": rating,
        "metrics": likes_of(said.get("likes")),
    }
    return made | ({"author": {"handle": words["author"]}} if words["author"] else {})


def _native_id(text: str) -> str:
    """An id, of a link its last parameter: Play's reviews are known by their addresses only."""
    return text.rsplit("=", 1)[-1] if text.startswith("http") else text


def _problems(layout: Layout, row: int, refused: Refused) -> Iterator[Problem]:
    places: dict[str, str] = {
        field: column for field, column in zip(layout.fields, layout.columns, strict=True) if field
    }
    for reason in refused.reasons:
        field: Field | str = reason.pointer.strip("/").partition("/")[0]
        yield Problem(row, places.get(field), reason.code, reason.detail)
