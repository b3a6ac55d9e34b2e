"""Labelled texts as a table: what a row may say, and what is wrong with it."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

from services.social.analysis.domain.findings import ASPECTS, EMOTIONS, INTENTS, Polarity, SpamLabel

POLARITIES: tuple[str, ...] = get_args(Polarity)
SPAM: tuple[str, ...] = get_args(SpamLabel)
COLUMNS = ("text", "sentiment", "emotion", "intents", "aspects", "spam", "source")
MAX_ROWS = 200_000
MAX_TEXT = 20_000


class Example(NamedTuple):
    """A text and what is known of it: None says nothing, an empty tuple says that there is none.

    `aspects` are `aspect#polarity`; `source` names where it comes from, for the accuracy card.
    """

    text: str
    sentiment: str | None = None
    emotion: str | None = None
    intents: tuple[str, ...] | None = None
    aspects: tuple[str, ...] | None = None
    spam: str | None = None
    source: str = "all"


class BadExamples(ValueError):
    """The table cannot be learned from; the message names line, column and the words that are allowed."""


def read_examples(path: Path) -> list[Example]:
    """The rows of a UTF-8 CSV with a header of `text` and any of COLUMNS; lists are separated by `;`.

    Columns of other names are ignored, as are rows without a text. Raises BadExamples; OSError where there is no file.
    """
    csv.field_size_limit(10 * MAX_TEXT)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(path.name, csv.DictReader(file)))
    except UnicodeDecodeError as error:
        raise BadExamples(f"{path.name} is not UTF-8: save it as UTF-8 first.") from error
    except csv.Error as error:
        raise BadExamples(f"{path.name}: {error}.") from error


def _rows(name: str, rows: "csv.DictReader[str]") -> Iterator[Example]:
    columns = set(rows.fieldnames or ())
    if "text" not in columns or not columns & set(COLUMNS[1:6]):
        raise BadExamples(f"{name} needs a header with text and one of {', '.join(COLUMNS[1:6])}.")
    for count, row in enumerate(rows):
        if count >= MAX_ROWS:
            raise BadExamples(f"{name}: at most {MAX_ROWS} rows.")
        if (row["text"] or "").strip():
            yield _example(f"{name}, line {rows.line_num}", row, columns)


def _example(where: str, row: dict[str, str | None], columns: set[str]) -> Example:
    def one(column: str, allowed: Iterable[str]) -> str | None:
        value = (row.get(column) or "").strip()
        if value and value not in allowed:
            raise BadExamples(f"{where}, {column}: one of {' '.join(allowed)}.")
        return value or None

    def several(column: str, allowed: Iterable[str]) -> tuple[str, ...] | None:
        if column not in columns:
            return None
        values = tuple(part.strip() for part in (row[column] or "").split(";") if part.strip())
        if not set(values) <= set(allowed):
            raise BadExamples(f"{where}, {column}: of {' '.join(allowed)}.")
        return values

    return Example(
        (row["text"] or "")[:MAX_TEXT],
        one("sentiment", POLARITIES),
        one("emotion", EMOTIONS),
        several("intents", INTENTS),
        several("aspects", [f"{aspect}#{polarity}" for aspect in ASPECTS for polarity in POLARITIES]),
        one("spam", SPAM),
        (row.get("source") or "").strip() or "all",
    )


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write such a table; how many rows it has."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for count, one in enumerate(examples, 1):  # noqa: B007 - the last one is the number of rows
            lists = (";".join(one.intents or ()), ";".join(one.aspects or ()))
            table.writerow(
                (one.text, one.sentiment or "", one.emotion or "", *lists, one.spam or "", one.source)
            )
    return count
