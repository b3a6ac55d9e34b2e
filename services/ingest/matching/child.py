"""The process that compares people: rows come in by its standard input, pairs go out by its standard output.

It opens no database of the service and no file: DuckDB works in memory alone, within a limit, and may not spill.
"""

import os
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import msgspec

from services.ingest.matching import model
from services.ingest.matching.domain import ROW

LEAST: Final = 0.05
"""Pairs below this probability are not told."""
HEAD: Final = 4
"""Bytes before each message: its length."""
_LARGEST_SAMPLE = 2_000_000

Tell = Callable[[dict[str, Any]], None]


def frame(value: Any) -> bytes:
    """A message: its length in four bytes, then MessagePack."""
    body = msgspec.msgpack.encode(value)
    return len(body).to_bytes(HEAD, "big") + body


def frames(source: BinaryIO) -> Iterator[Any]:
    """Messages until the end of the stream, or an empty one."""
    while len(head := source.read(HEAD)) == HEAD:
        message = msgspec.msgpack.decode(source.read(int.from_bytes(head, "big")))
        if not message:
            return
        yield message


def compare(rows: dict[str, list[Any]], memory: int, tell: Tell) -> None:
    """Tell stages, and each pair of subjects with its probability and the degree of each field."""
    import logging

    import duckdb
    from splink import DuckDBAPI, Linker

    connection = duckdb.connect(":memory:")
    for setting in (
        f"memory_limit = '{memory}B'",
        "temp_directory = ''",
        "threads = 1",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    model.prepared(rows, connection)
    linker = Linker(
        DuckDBAPI(connection).register("people"),
        model.settings_of(model.prior_of(connection)),
        log_level=logging.ERROR,
    )
    tell({"stage": "learning", "progress": 0.4})
    if len(rows["row"]) >= model.ENOUGH:
        linker.training.estimate_u_using_random_sampling(max_pairs=_LARGEST_SAMPLE, seed=1)
    tell({"stage": "comparing", "progress": 0.6})
    found = linker.inference.predict(threshold_match_probability=LEAST, warning_mode="never")
    _tell_pairs(connection, found.physical_name, tell)


def _tell_pairs(connection: Any, table: str, tell: Tell) -> None:
    """Of the records of two people the pair that is likeliest, with the weight of each field (log2)."""
    columns = ", ".join(f"gamma_{field.name}, {_weight(field)}" for field in model.FIELDS)
    query = (
        f"SELECT least(a.subject, b.subject), greatest(a.subject, b.subject), match_probability, {columns}"  # noqa: S608 - names of our own
        f" FROM {table} JOIN people a ON a.row = row_l JOIN people b ON b.row = row_r WHERE a.subject <> b.subject"
    )
    best: dict[tuple[str, str], tuple[Any, ...]] = {}
    for row in connection.execute(query).fetchall():
        if (known := best.get(row[:2])) is None or row[2] > known[2]:
            best[row[:2]] = row
    for row in best.values():
        degrees = zip(model.FIELDS, row[3::2], row[4::2], strict=True)
        evidence = [(field.name, model.level_of(field, gamma), weight) for field, gamma, weight in degrees]
        tell({"a": row[0], "b": row[1], "probability": row[2], "evidence": evidence})


def _weight(field: model.Field) -> str:
    commonness = f" + mw_tf_adj_{field.name}" if any(level.common for level in field.levels) else ""
    return f"round(mw_{field.name}{commonness}, 2)"


def main() -> None:
    """Read rows, compare, tell. Requests come first, and what is in memory is in no core dump either."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    messages = frames(sys.stdin.buffer)
    memory: int = next(messages)["memory"]
    rows: dict[str, list[Any]] = {name: [] for name in ROW}
    for chunk in messages:
        for name, cells in zip(ROW, zip(*chunk, strict=True), strict=True):
            rows[name].extend(cells)

    def tell(message: dict[str, Any]) -> None:
        sys.stdout.buffer.write(frame(message))
        sys.stdout.buffer.flush()

    if len(rows["row"]) > 1:
        compare(rows, memory, tell)
    tell({"done": True})


if __name__ == "__main__":
    main()
