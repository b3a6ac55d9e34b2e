"""Which character separates the cells of a text file."""

import csv
from collections import Counter
from collections.abc import Sequence
from typing import Final

SEPARATORS: Final = (",", ";", "\t", "|")
LINES: Final = 60
LARGEST_CELL: Final = 1 << 20
"""Characters of one cell: a quote that never closes must not swallow a file."""


def detect_separator(text: str) -> str:
    """The separator of text that begins so: the one by which the most lines have the same number of cells.

    A comma where there is but one column. `sep=;`, which Excel reads, is a rule and no guess.
    """
    first = text.lstrip("\ufeff").partition("\n")[0].strip()
    if first.lower().startswith("sep=") and first[4:] in SEPARATORS:
        return first[4:]
    return max(SEPARATORS, key=lambda separator: _agreement(text, separator))


def _agreement(text: str, separator: str) -> tuple[int, int]:
    widths = Counter(len(row) for row in _rows(text, separator) if len(row) > 1)
    if not widths:
        return 0, 0
    width, lines = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    return lines, width


def _rows(text: str, separator: str) -> Sequence[Sequence[str]]:
    lines = text.lstrip("\ufeff").splitlines()
    complete = lines[:-1] if len(lines) > LINES else lines
    try:
        return list(csv.reader(complete[:LINES], delimiter=separator))
    except csv.Error:
        return []
