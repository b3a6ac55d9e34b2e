"""The invented people of the sandbox, without I/O."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

SCOPES: Final = ("subjects:read", "consents:read")
"""What a test client holds of its partner's scopes."""


class Invented(NamedTuple):
    """Somebody who does not exist; `without` are the facts that do not hold of them."""

    id: str
    about: str
    fields: dict[str, str]
    without: frozenset[str] = frozenset()
    erased: bool = False


@cache
def everybody() -> tuple[Invented, ...]:
    """All of them."""
    text = (Path(__file__).parent / "people.toml").read_text("utf-8")
    return tuple(
        Invented(
            one["id"],
            one["about"],
            one["fields"],
            frozenset(one.get("without", ())),
            one.get("erased", False),
        )
        for one in tomllib.loads(text)["person"]
    )


def by_id(subject: str) -> Invented | None:
    """The one of that id."""
    return next((one for one in everybody() if one.id == subject), None)


def by_phone(e164: str) -> Invented | None:
    """The one of that number."""
    return next((one for one in everybody() if one.fields.get("phone") == e164), None)
