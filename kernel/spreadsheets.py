"""CSV that is safe to open: no cell of ours is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
"""What spreadsheets may take for the beginning of a formula (OWASP, CSV injection)."""


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV (RFC 4180). A cell that would be a formula gets an apostrophe, which spreadsheets do not show."""
    out = io.StringIO()
    csv.writer(out).writerows([[harmless(cell) for cell in row] for row in rows])
    return out.getvalue()


def harmless(cell: object) -> str:
    """A cell's text that no spreadsheet computes."""
    text = "" if cell is None else str(cell)
    if isinstance(cell, int | float) or (
        not text.lstrip().startswith(_DANGEROUS) and text[:1] not in _DANGEROUS
    ):
        return text
    return "'" + text
