"""What the columns of a file are: as a known export names them, as its importer says, or by their usual names."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Final, Literal, get_args

import msgspec

from kernel.sheets.header import plain
from kernel.sheets.presets import read_presets, recognised
from services.social.analysis.domain.findings import Platform

Field = Literal["id", "text", "title", "rating", "author", "published_at", "url", "lang", "likes"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)


class Preset(msgspec.Struct, frozen=True):
    """How a platform hands its reviews out. `signature`: columns that no other export has all of."""

    title: str
    platform: Platform
    signature: tuple[str, ...]
    columns: Mapping[str, Field]


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset by its key; columns are found by their plain names."""
    return read_presets(__package__, partial(msgspec.convert, type=Preset))


def recognise(columns: Sequence[str]) -> str | None:
    """The key of the preset that a file with these columns comes from."""
    return recognised(presets(), columns)


def is_known(column: str) -> bool:
    """Whether a column's name is one that we understand."""
    name = plain(column)
    return name in _synonyms() or any(name in one.columns for one in presets().values())


def fields_of(columns: Sequence[str], preset: Preset | None) -> dict[str, Field]:
    """Column to field, of those that are understood; the first of columns of one field counts."""
    names = preset.columns if preset else _synonyms()
    mapping: dict[str, Field] = {}
    for column in columns:
        field = names.get(plain(column))
        if field and field not in mapping.values():
            mapping[column] = field
    return mapping


@cache
def _synonyms() -> Mapping[str, Field]:
    told = tomllib.loads(files(__package__).joinpath("synonyms.toml").read_text("utf-8"))
    return {name: field for field in FIELDS for name in told[field]}
