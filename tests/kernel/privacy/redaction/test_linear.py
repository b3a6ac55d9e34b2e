"""No text makes redaction slow: patterns are linear by structure, and megabytes are read to the end."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from kernel.privacy import fakes, identifiers, scrub
from kernel.privacy.redaction import contacts, disguised, numbers, people, places, redact, suspicious, views

MODULES = [contacts, disguised, numbers, people, places, views, fakes, identifiers, scrub]


def patterns(module: ModuleType) -> Iterator[re.Pattern[str]]:
    for value in vars(module).values():
        owner = getattr(value, "__self__", value)  # bound methods such as re.compile(...).fullmatch
        if isinstance(owner, re.Pattern):
            yield owner


def unbounded_depth(node: Any) -> int:
    """How many repeats without an upper bound lie within one another: two of them can be exponential."""
    parser = re._parser  # type: ignore[attr-defined]  # the standard library's own parser is the best judge
    if isinstance(node, parser.SubPattern | list):
        return max((unbounded_depth(item) for item in node), default=0)
    if not isinstance(node, tuple):
        return 0
    inner: int = max((unbounded_depth(item) for item in node), default=0)
    if node and node[0] in (parser.MAX_REPEAT, parser.MIN_REPEAT):
        _, upper, _ = node[1]
        return inner + int(upper == parser.MAXREPEAT)
    return inner


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_pattern_repeats_without_bound_inside_such_a_repeat(module: ModuleType) -> None:
    found = list(patterns(module))
    assert found
    for pattern in found:
        tree = re._parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)  # type: ignore[attr-defined]
        assert unbounded_depth(tree) <= 1, pattern.pattern


def test_the_judge_knows_a_dangerous_pattern() -> None:
    assert unbounded_depth(re._parser.parse(r"(?:a+b?)+c")) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "unit",
    [
        "9",
        "1 2 ",
        "A",
        "Anh ",
        "@",
        "a@a.",
        "12/3/",
        "so nha ",
        "facebook.com/",
        "Nguyen ",
        " la ",
        " van ",
        "ten la ",
        "khong chin ",
        "a cong gmail cham ",
        "binh [at] ",
        "o9",
        "51F-123 ",
        "chung cu 12 can ",
        "dia chi 1/2 le ",
        "\u1ea1",
    ],
)
def test_a_megabyte_of_anything_is_read_to_its_end(unit: str) -> None:
    text = unit * (1_000_000 // len(unit)) + " . lan@example.com"
    assert redact(text).text.endswith("[email]")
    assert suspicious(text)
