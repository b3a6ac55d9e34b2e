"""Which column becomes which field: suggested from the columns' names, checked where a person says it."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from kernel.sheets.header import plain
from services.ingest.imports.domain.fields import reading_of

EXACT, WITHIN, PART = 1.0, 0.8, 0.6


class Suggestion(NamedTuple):
    """A column, the field that it becomes ("" for none), and how sure that is (0 to 1)."""

    column: str
    field: str
    confidence: float


class _Synonyms(NamedTuple):
    exact: Mapping[str, tuple[str, ...]]
    """Plain name to fields, the likelier first."""
    kinds: Mapping[str, frozenset[str]]


def suggest(columns: Sequence[str], kind: str) -> list[Suggestion]:
    """A field for each column, none twice: the surest column gets it. A column that is named like a field is it."""
    offers = [
        (confidence, -place, field)
        for place, column in enumerate(columns)
        for field, confidence in _offers(column, kind)
    ]
    taken: dict[int, tuple[str, float]] = {}
    for confidence, place, field in sorted(offers, reverse=True):
        if -place not in taken and not _clashes(field, {one for one, _ in taken.values()}):
            taken[-place] = (field, confidence)
    return [Suggestion(column, *taken.get(place, ("", 0.0))) for place, column in enumerate(columns)]


def is_known(name: str) -> bool:
    """Whether a column of that name would be understood as some field."""
    return plain(name) in _synonyms().exact or reading_of(name) is not None


def _offers(column: str, kind: str) -> list[tuple[str, float]]:
    if reading_of(column) is not None:
        return [(column, EXACT)]
    group, _, last = column.rpartition(" / ")
    found = [(field, EXACT) for field in _fields(plain(column), kind)]
    if group and not found:
        found = [(field, 0.9) for field in _fields(plain(last), kind)]
    if not found:
        words = f" {plain(last or column)} "
        found = [
            (field, WITHIN if len(name.split()) > 1 else PART)
            for name, fields in _synonyms().exact.items()
            if len(name) > 3 and f" {name} " in words
            for field in fields
            if _means(field, kind)
        ]
    return found


def _fields(name: str, kind: str) -> list[str]:
    return [field for field in _synonyms().exact.get(name, ()) if _means(field, kind)]


def _means(field: str, kind: str) -> bool:
    kinds = _synonyms().kinds.get(field)
    return kinds is None or kind in kinds


def _clashes(field: str, taken: set[str]) -> bool:
    """One column a field, and none inside another one's."""
    return any(field == one or field.startswith(f"{one}.") or one.startswith(f"{field}.") for one in taken)


def mistakes(mapping: Mapping[str, str], columns: Sequence[str]) -> list[tuple[str, str]]:
    """(column, what is wrong) of a mapping that a person gave."""
    wrong, seen = [], set[str]()
    for column, field in mapping.items():
        if column not in columns:
            wrong.append((column, "The file has no such column."))
        elif field and reading_of(field) is None:
            wrong.append((column, "Records have no such field."))
        elif field and _clashes(field, seen):
            wrong.append((column, "Another column is the same field, or lies inside it."))
        seen |= {field} - {""}
    return wrong


@cache
def _synonyms() -> _Synonyms:
    told = tomllib.loads(files(__package__).joinpath("synonyms.toml").read_text("utf-8"))
    exact: dict[str, tuple[str, ...]] = {}
    for field, names in told["fields"].items():
        for name in names:
            exact[plain(name)] = (*exact.get(plain(name), ()), field)
    return _Synonyms(exact, {field: frozenset(kinds) for field, kinds in told["kinds"].items()})
