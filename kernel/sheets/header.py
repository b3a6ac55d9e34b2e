"""Where a sheet's header is, how many rows it takes, and what its columns are called."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from kernel.privacy.names import strip_accents
from kernel.sheets.cells import Cell, text_of

LOOKED_AT: Final = 30
"""Rows in which a header is sought: reports begin with a title, a period and a shop's address."""

Row = Sequence[Cell]
Known = Callable[[str], bool]
"""Whether a column's name is one that we know."""


class Header(NamedTuple):
    """The header: the index of its first row, of the first row of data, and the columns' names."""

    first: int
    data: int
    columns: tuple[str, ...]


def find_header(rows: Sequence[Row], known: Known) -> Header:
    """The header among the first `rows` of a sheet: the row with the most names that we know, else the first one that
    is as wide as most. Raises ValueError where all rows are empty."""
    texts = [[text_of(cell) for cell in row] for row in rows[:LOOKED_AT]]
    filled = [sum(map(bool, row)) for row in texts]
    if not any(filled):
        raise ValueError("The sheet is empty.")
    recognised = [sum(map(known, filter(None, row))) for row in texts]
    best = max(range(len(texts)), key=lambda place: (recognised[place], -place))
    if recognised[best] < 2:
        usual = Counter(count for count in filled if count).most_common(1)[0][0]
        best = next(place for place, count in enumerate(filled) if count and count * 2 >= usual)
    return _widened(texts, best, known)


def _widened(texts: Sequence[Sequence[str]], place: int, known: Known) -> Header:
    """The header at `place` with the row above or below that belongs to it."""
    width = max(map(len, texts[place:]))
    names = _padded(texts[place], width)
    if place + 1 < len(texts) and _is_second(names, _padded(texts[place + 1], width), known):
        return Header(place, place + 2, _joined(names, _padded(texts[place + 1], width)))
    if place and _is_second(_padded(texts[place - 1], width), names, known):
        return Header(place - 1, place + 1, _joined(_padded(texts[place - 1], width), names))
    return Header(place, place + 1, _told_apart(names))


def _is_second(top: Sequence[str], below: Sequence[str], known: Known) -> bool:
    """Whether `below` says what the columns under the merged cells of `top` are."""
    if sum(map(bool, top)) < 2 or _is_title(top):
        return False
    gaps = [name for name, above in zip(below, top, strict=True) if name and not above]
    under = [name for name in below if name]
    words = not any(any(map(str.isdigit, name)) for name in under)
    return bool(gaps) and words and any(map(known, gaps)) and len(under) >= 2


def _is_title(row: Sequence[str]) -> bool:
    return sum(map(bool, row)) <= 1


def _joined(top: Sequence[str], below: Sequence[str]) -> tuple[str, ...]:
    """Names of both rows: a merged cell stands for every column up to the next one."""
    names, group = [], ""
    for above, under in zip(top, below, strict=True):
        group = above or (group if under else "")
        names.append(f"{group} / {under}" if group and under and group != under else group or under)
    return _told_apart(names)


def _told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Names without line breaks, every column with one of its own."""
    seen: Counter[str] = Counter()
    told = []
    for place, raw in enumerate(names):
        name = re.sub(r"\s+", " ", raw).strip() or f"[{letters_of(place)}]"
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    while told and told[-1] == f"[{letters_of(len(told) - 1)}]" and len(told) > 1:
        told.pop()
    return tuple(told)


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def letters_of(place: int) -> str:
    """A column's letters, as spreadsheets call it: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def plain(name: str) -> str:
    """A column's name without accents, case, marks of required fields, and remarks in brackets."""
    text = strip_accents(name).lower()
    bare = re.sub(r"\([^)]*\)|\[[^]]*\]|[*:\ufeff]", " ", text).strip() or text
    return " ".join(bare.replace("_", " ").split()).strip(" .-")
