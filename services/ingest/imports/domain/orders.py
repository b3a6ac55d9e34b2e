"""Lines of one order that stand anywhere in a file, brought together without holding the file.

A first look remembers eight bytes a row: which order it is of. Then an order is complete with its last line, and only
those that are not are held.
"""

from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from services.ingest.imports.domain.layout import Layout
from services.ingest.imports.domain.lines import Line


def is_grouped(layout: Layout) -> bool:
    """Whether several rows may be one record: orders with a line an item."""
    fields = set(layout.mapping.values())
    items = any(field.startswith("payload.items.") for field in fields)
    return layout.kind == "transaction" and "payload.order_id" in fields and items


class Orders:
    """The last row of each order."""

    def __init__(self, lines: Iterable[Line]) -> None:
        import numpy as np

        keys, rows, before = array("q"), array("q"), 0
        self.failed = 0
        for line in lines:
            self.failed += line.failed
            if not line.failed:
                before = _key_of(line) or before
                keys.append(before)
                rows.append(line.row)
        self._last = np.zeros(rows[-1] + 1 if rows else 1, dtype=bool)
        self.count = 0
        if keys:
            backwards = np.frombuffer(keys, dtype=np.int64)[::-1]
            _, place = np.unique(backwards, return_index=True)
            self._last[np.frombuffer(rows, dtype=np.int64)[len(rows) - 1 - place]] = True
            self.count = len(place)

    def together(self, lines: Iterable[Line]) -> Iterator[list[Line]]:
        """The lines of each order, in the order in which orders end; a failed line by itself."""
        held: dict[int, list[Line]] = {}
        before = 0
        for line in lines:
            if line.failed:
                yield [line]
                continue
            before = _key_of(line) or before
            held.setdefault(before, []).append(line)
            if self._last[line.row]:
                yield held.pop(before)


def _key_of(line: Line) -> int:
    """Eight bytes of the order's hash; 0 where the row names none: it goes on with the order before."""
    order: Any = line.parts.get("payload", {}).get("order_id")
    if order is None:
        return 0
    return int.from_bytes(blake2b(str(order).encode(), digest_size=8).digest(), "big", signed=True) or 1
