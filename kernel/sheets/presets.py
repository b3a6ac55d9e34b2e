"""Exports of well-known systems, described by data files: read once, and recognised by their columns."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Protocol, TypeVar

from kernel.sheets.header import plain


class Signed(Protocol):
    """A preset. `signature`: plain names of columns that no other export has all of."""

    @property
    def signature(self) -> tuple[str, ...]:
        """The columns."""


P = TypeVar("P", bound=Signed)


def read_presets(package: str, made: Callable[[dict[str, Any]], P]) -> Mapping[str, P]:
    """The presets in the folder `presets` of a package by their files' names, the most particular first.

    `made` gets what a file says, with the names of its signature and columns plain already.
    """
    found = {
        file.name.removesuffix(".toml"): made(_told(file.read_text("utf-8")))
        for file in files(package).joinpath("presets").iterdir()
        if file.name.endswith(".toml")
    }
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1].signature), pair[0])))


def recognised(presets: Mapping[str, Signed], columns: Sequence[str]) -> str | None:
    """The key of the preset that a file with these columns comes from."""
    names = set(map(plain, columns))
    return next((key for key, one in presets.items() if names.issuperset(one.signature)), None)


def _told(text: str) -> dict[str, Any]:
    told = tomllib.loads(text)
    told["signature"] = [plain(name) for name in told["signature"]]
    told["columns"] = {plain(name): field for name, field in told["columns"].items()}
    return told
