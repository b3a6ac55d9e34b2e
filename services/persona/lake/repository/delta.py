"""The fact table: Delta Lake, appended to exactly once.

A commit carries, as Delta application transactions, the position that each partition has reached, the producers'
marks and the time of the last event: effect and position are one commit, read back from the table at start. Two
members that hold the same partition cannot both commit: Delta refuses the second one's transaction.

Methods block (disk, or an object store): call them in a thread.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from services.persona.lake.domain import Facts, bucket_of
from services.persona.lake.schema import PARTITIONS, arrow_schema, arrow_table

if TYPE_CHECKING:
    from deltalake import DeltaTable

Place = tuple[str, int]

DELETED_AT_ONCE = 20_000
"""Records named in one condition."""

_CONFIGURATION = {
    "delta.checkpointInterval": "100",
    "delta.logRetentionDuration": "interval 1 days",  # a commit a second: the default of 30 days is 2.6 million files
    "delta.deletedFileRetentionDuration": "interval 1 hours",  # as long as a run may still read what was compacted
    "delta.dataSkippingStatsColumns": "subject,occurred_s",  # no text in the log, which erasure does not rewrite
}


class Mark(NamedTuple):
    """A producer's events of one epoch in one partition."""

    topic: str
    partition: int
    producer: str
    epoch: str


class Reach(NamedTuple):
    """How far a partition is: the offset reading began at, the next one, and when its last event was recorded."""

    position: int
    next_offset: int
    recorded_s: int


class PositionMoved(Exception):
    """Another member of the group moved this partition: what is held here is not ours any more."""


class UnreadableLake(Exception):
    """The table uses features (deletion vectors, column mapping) that our readers would silently read wrong."""


class FactLake:
    """The fact table at `url`, written as member of consumer group `group`. Opened (and made) on first use."""

    def __init__(self, url: str, group: str) -> None:
        self._url = url
        self._group = group
        self._lock = threading.Lock()
        self._rewriting = threading.Lock()
        """Deleting and compacting rewrite the same files and would refuse each other; appending disturbs neither."""
        self._table: DeltaTable | None = None

    def append(self, facts: Facts, reached: Mapping[Place, Reach], marks: Mapping[Mark, int]) -> None:
        """Add `facts` and move positions and marks in one commit.

        Raises PositionMoved where a position is not where reading began, and then changes nothing; OSError where the
        storage does not answer.
        """
        from deltalake import CommitProperties, Transaction, WriterProperties, write_deltalake
        from deltalake.exceptions import CommitFailedError, DeltaError

        with self._lock:
            table = self._current()
            for place, reach in reached.items():
                if (table.transaction_version(self._position_id(place)) or 0) != reach.position:
                    raise PositionMoved(f"{place[0]}[{place[1]}]")
            steps = [
                Transaction(self._position_id(place), reach.next_offset) for place, reach in reached.items()
            ]
            steps += [Transaction(self._time_id(place), reach.recorded_s) for place, reach in reached.items()]
            steps += [Transaction(self._mark_id(mark), sequence) for mark, sequence in marks.items()]
            try:
                write_deltalake(
                    table,
                    arrow_table(facts),
                    mode="append",
                    writer_properties=WriterProperties(compression="ZSTD"),
                    commit_properties=CommitProperties(app_transactions=steps),
                )
            except CommitFailedError as error:
                raise PositionMoved("another member committed first") from error
            except DeltaError as error:
                raise OSError("the lake could not be written") from error

    def position(self, place: Place) -> int | None:
        """The next offset to apply of a partition, None before the first commit."""
        return self._version(self._position_id(place))

    def positions(self, places: Iterable[Place]) -> dict[Place, int]:
        """The next offset to apply of each of these partitions, 0 before the first commit: one look at the table."""
        with self._lock:
            table = self._current()
            return {place: table.transaction_version(self._position_id(place)) or 0 for place in places}

    def recorded_s(self, place: Place) -> int | None:
        """Epoch seconds at which the last event applied of a partition was recorded."""
        return self._version(self._time_id(place))

    def mark(self, mark: Mark) -> int:
        """The last sequence applied of a producer's epoch; 0 before the first."""
        return self._version(self._mark_id(mark)) or 0

    def files(self) -> tuple[int, tuple[str, ...]]:
        """The version and its live files: paths on local disk; none for an object store, read by its URL.

        Raises UnreadableLake rather than let a reader count deleted rows or read nulls.
        """
        with self._lock:
            table = self._current()
            mapped = table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none"
            if table.protocol().reader_features or mapped:
                raise UnreadableLake(", ".join(table.protocol().reader_features or ["columnMapping"]))
            return table.version(), tuple(table.file_uris()) if self.is_local else ()

    @property
    def is_local(self) -> bool:
        """True where the table's files are on this machine's disk."""
        return "://" not in self._url

    @property
    def url(self) -> str:
        """The table's address, as other processes may open it."""
        return self._url

    def delete_people(self, subjects: Sequence[str]) -> int:
        """Remove every fact of these origins, the files that held them too; returns the number of facts."""
        with self._rewriting, self._lock:
            table = self._current()
            listed = ", ".join("'" + subject.replace("'", "''") + "'" for subject in subjects)
            buckets = ", ".join(
                str(bucket) for bucket in sorted({bucket_of(subject) for subject in subjects})
            )
            done = table.delete(f"bucket IN ({buckets}) AND subject IN ({listed})")
            count = int(done.get("num_deleted_rows") or 0)
            if count:
                self._drop_files(table, hours=0)
            return count

    def facts_of(self, subjects: Sequence[str]) -> list[dict[str, Any]]:
        """Every fact of these origins, in the order in which they happened."""
        with self._lock:
            table = self._current()
        buckets = sorted({bucket_of(subject) for subject in subjects})
        wanted: list[Any] = [("bucket", "in", buckets), ("subject", "in", list(subjects))]
        listed = table.to_pyarrow_table(filters=wanted)
        rows: list[dict[str, Any]] = listed.sort_by("occurred_s").to_pylist()
        return rows

    def delete_records(self, records: Collection[tuple[str, str]]) -> int:
        """Remove every fact of these (record, origin); returns the number of facts.

        The files that held them go with the next compaction. Safe to repeat.
        """
        count, pairs = 0, sorted(records)
        with self._rewriting, self._lock:
            table = self._current()
            for start in range(0, len(pairs), DELETED_AT_ONCE):
                part = pairs[start : start + DELETED_AT_ONCE]
                listed = ", ".join(
                    "'" + f"{record}/{origin}".replace("'", "''") + "'" for record, origin in part
                )
                buckets = ", ".join(map(str, sorted({bucket_of(origin) for _, origin in part})))
                done = table.delete(f"bucket IN ({buckets}) AND record_id || '/' || subject IN ({listed})")
                count += int(done.get("num_deleted_rows") or 0)
        return count

    def compact(self) -> int:
        """Join small files, then drop those replaced longer than an hour ago; returns how many were joined."""
        with self._rewriting:
            table = self._open()  # of its own, so that appends go on meanwhile
            done = table.optimize.compact(max_concurrent_tasks=1)
            self._drop_files(table, hours=1)
        return int(done["numFilesRemoved"])

    def _drop_files(self, table: "DeltaTable", *, hours: int) -> None:
        table.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False)

    def _version(self, name: str) -> int | None:
        with self._lock:
            return self._current().transaction_version(name)

    def _current(self) -> "DeltaTable":
        if self._table is None:
            self._table = self._open()
        else:
            self._table.update_incremental()
        return self._table

    def _open(self) -> "DeltaTable":
        from deltalake import DeltaTable

        if self.is_local:
            Path(self._url).mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"partition_by": list(PARTITIONS), "configuration": _CONFIGURATION}
        return DeltaTable.create(self._url, arrow_schema(), mode="ignore", **options)

    def _position_id(self, place: Place) -> str:
        return f"position/{self._group}/{place[0]}/{place[1]}"

    def _time_id(self, place: Place) -> str:
        return f"recorded/{self._group}/{place[0]}/{place[1]}"

    def _mark_id(self, mark: Mark) -> str:
        return f"mark/{self._group}/{mark.topic}/{mark.partition}/{mark.producer}/{mark.epoch}"
