"""An import's reading, from bytes to blocks of records. Runs in a process of its own; what it yields is all it tells."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Final

import msgspec

from kernel.sheets.opening import UnreadableFile
from services.ingest.imports.domain.layout import Asked, Layout, look
from services.ingest.imports.domain.lines import CANCELLED, Line, Lines, Problem, is_empty
from services.ingest.imports.domain.orders import Orders, is_grouped
from services.ingest.imports.domain.records import Base, record_of

GROUP: Final = 500
"""Records of a block, and so of a transaction."""
PREVIEWED: Final = 20
"""Records that a preview shows; problems are looked for in more rows."""
PREVIEW_ROWS: Final = 1_000


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a file. `after`: everything up to that row is stored already."""

    asked: Asked
    base: Base
    after: int = 0


class Found(msgspec.Struct, frozen=True, tag="found"):
    """The first thing that is told: the layout, and how many records there are to come (None: not counted)."""

    layout: Layout
    total: int | None


class Block(msgspec.Struct, frozen=True, tag="block"):
    """Records, the rows that they begin at, the problems of all rows up to `upto`, and how many rows are no record."""

    records: list[bytes]
    rows: list[int]
    problems: list[Problem]
    failed: int
    upto: int


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """The file cannot be read, or no further: a stable code and a sentence without anything of the file."""

    code: str
    detail: str


Told = Found | Block | Broken
Opening = Callable[[], IO[bytes]]


def read_all(open_file: Opening, job: Job) -> Iterator[Told]:
    """The layout, then every block after `job.after`; at last Broken where the file cannot be read to its end."""
    try:
        layout, rows = look(open_file(), job.asked)
        reader = Lines(layout)
        if layout.mistakes:
            yield Found(layout, None)
            return
        group: Callable[[Iterable[Line]], Iterator[list[Line]]] = _each
        if is_grouped(layout):
            orders = Orders(line for row in rows if (line := reader.read(*row)))
            total, group = orders.count + orders.failed, orders.together
        else:
            total = sum(not is_empty(cells) for _, cells in rows)
        yield Found(layout, total)
        layout, rows = look(open_file(), job.asked)
        lines = (line for row in rows if (line := reader.read(*row)))
        yield from _blocks(job, layout, group(lines))
    except UnreadableFile as error:
        yield Broken(error.code, str(error))


def preview(open_file: Opening, job: Job) -> Iterator[Told]:
    """The layout, and one block of what the first rows come to."""
    try:
        layout, rows = look(open_file(), job.asked)
        yield Found(layout, None)
        reader = Lines(layout)
        lines = [line for row in islice(rows, PREVIEW_ROWS) if (line := reader.read(*row))]
        groups = Orders(lines).together(lines) if is_grouped(layout) else _each(lines)
        yield _block(job, layout, list(groups))
    except UnreadableFile as error:
        yield Broken(error.code, str(error))


def _each(lines: Iterable[Line]) -> Iterator[list[Line]]:
    return ([line] for line in lines)


def _blocks(job: Job, layout: Layout, groups: Iterator[list[Line]]) -> Iterator[Block]:
    fresh = (group for group in groups if group[-1].row > job.after)
    while taken := list(islice(fresh, GROUP)):
        yield _block(job, layout, taken)


def _block(job: Job, layout: Layout, groups: list[list[Line]]) -> Block:
    records, rows, failed = [], [], 0
    problems = [problem for group in groups for line in group for problem in line.problems]
    for group in groups:
        if group[0].failed:
            failed += 1
        elif any(line.cancelled for line in group):
            failed += 1
            problems.append(Problem(group[0].row, None, CANCELLED.code, CANCELLED.detail))
        else:
            records.append(record_of(job.base, layout, group))
            rows.append(group[0].row)
    return Block(records, rows, problems, failed, max((group[-1].row for group in groups), default=0))
