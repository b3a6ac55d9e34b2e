"""Files read as the child process reads them, without one."""

import io
import json
from typing import Any

from services.ingest.imports.domain.layout import Asked, Layout
from services.ingest.imports.domain.lines import Problem
from services.ingest.imports.domain.records import Base
from services.ingest.imports.domain.work import Block, Broken, Found, Job, read_all

BASE = Base(seed="a file", source="default", occurred_at="2026-11-24T00:00:00+07:00")


def read(
    content: bytes, *, after: int = 0, **asked: Any
) -> tuple[Layout, list[dict[str, Any]], list[Problem]]:
    """The layout, the records and the problems of a file that can be read."""
    told = list(read_all(lambda: io.BytesIO(content), Job(asked=Asked(**asked), base=BASE, after=after)))
    found, blocks = told[0], told[1:]
    assert isinstance(found, Found), found
    good = [block for block in blocks if isinstance(block, Block)]
    assert len(good) == len(blocks), blocks[-1]
    records = [json.loads(raw) for block in good for raw in block.records]
    return found.layout, records, [problem for block in good for problem in block.problems]


def broken(content: bytes, **asked: Any) -> str:
    """Why a file cannot be read."""
    told = list(read_all(lambda: io.BytesIO(content), Job(asked=Asked(**asked), base=BASE)))
    assert isinstance(told[-1], Broken), told
    return told[-1].code


def phones(content: bytes, **asked: Any) -> list[str | None]:
    """The phone of each record."""
    return [one["subject"]["identifiers"].get("phone") for one in read(content, **asked)[1]]
