"""The licence report: which terms each shipped package stands under, and which of them we do not ship."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from deploy.supply.lock import canonical

ACCEPTED: Final = frozenset(
    [
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "LGPL-2.1-only",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "OFL-1.1",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    ]
)
"""Permissive terms, and three that ask something only of who changes or sells the work itself, which we do not:
MPL-2.0 (its own files), LGPL-2.1 (a library that anybody may replace: a package of its own, unchanged), OFL-1.1 (fonts).
"""
READ_BY_A_PERSON: Final[Mapping[str, str]] = {
    "cedarpy": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "pyarrow-hotfix": "Apache-2.0",
}
"""Packages that name their licence in a file only: LICENSE in their source."""
_CLASSIFIED: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
}


class Terms(NamedTuple):
    """A package and the terms it may be used under: an SPDX expression, or what its author wrote."""

    name: str
    version: str
    licence: str

    @property
    def shippable(self) -> bool:
        """Whether accepted terms suffice: all of those joined by AND, one of those joined by OR."""
        choices = re.split(r"\s+OR\s+", self.licence)
        return any(_names(choice) <= ACCEPTED for choice in choices)


def terms_of(components: Iterable[Mapping[str, Any]]) -> list[Terms]:
    """The terms of each component of a bill of materials, in its order."""
    return [Terms(one["name"], one["version"], _licence(one)) for one in components]


def report(terms: Iterable[Terms]) -> str:
    """The report as Markdown."""
    lines = ["# Licences of what is shipped", "", "| Package | Version | Licence |", "| --- | --- | --- |"]
    lines += [f"| {one.name} | {one.version} | {one.licence} |" for one in terms]
    return "\n".join(lines) + "\n"


def _licence(component: Mapping[str, Any]) -> str:
    name = canonical(component["name"])
    if name in READ_BY_A_PERSON:
        return READ_BY_A_PERSON[name]
    told = [_told(one) for one in component.get("licenses", ())]
    named = [one for one in told if "::" not in one]
    spdx = named or [_CLASSIFIED.get(one.rpartition(":: ")[2], one) for one in told]
    return " AND ".join(dict.fromkeys(spdx)) or "unknown"


def _told(entry: Mapping[str, Any]) -> str:
    if "expression" in entry:
        return str(entry["expression"])
    licence = entry["license"]
    return str(licence.get("id") or licence.get("name"))


def _names(choice: str) -> set[str]:
    return set(re.split(r"\s+AND\s+", choice.strip("() ")))
