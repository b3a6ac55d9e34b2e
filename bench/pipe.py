"""`make bench`: ingest and the whole pipe, beside the raw limit and the idiomatic version, in the same run.

Contenders take turns, several rounds; medians are shown. CPU time is that of the contender's own processes and of
PostgreSQL's together; the load generator and Kafka are apart. On a busy machine the ratios decide, not the seconds.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.contenders import (
    Contender,
    embedded,
    ours,
    plain_app,
    standing_still,
    wait_read,
    wait_visible,
)
from bench.cpu import cpu_seconds
from bench.load import Outcome, batch_bodies, bench_records, fire, introductions, single_bodies
from deploy.engines import kafka_broker, postgres_server

BATCH = 500
PEOPLE = 20_000
PACE = 5_000
"""Single events a second at which the latency is looked at, where the machine gets so far."""
console = Console()


@dataclass(frozen=True)
class Sample:
    """One round of one contender."""

    records: int
    outcome: Outcome
    cpu_app: float
    cpu_database: float
    hop: float = 0.0
    """CPU seconds of the gateway a request."""

    @property
    def micros(self) -> float:
        """CPU µs a record, services and database together."""
        return 1e6 * (self.cpu_app + self.cpu_database) / self.records


def main() -> None:
    """Run everything; `--quick` for a short look."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=40_000, help="records a round and contender")
    parser.add_argument("--singles", type=int, default=10_000, help="single events a round")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        postgres = stack.enter_context(postgres_server(folder / "postgres"))
        kafka = stack.enter_context(kafka_broker(folder / "kafka"))
        figures = compare(stack, folder, postgres, kafka, args)
    report(figures, args.json)
    with tempfile.TemporaryDirectory() as place, embedded(Path(place)) as contender:
        _meet_everybody(contender)
        turns = (_batches(contender, None, args.records, seed=900 + turn) for turn in range(args.rounds))
        figures["embedded batches"] = list(turns)
    report(figures, args.json)


def compare(
    stack: ExitStack, folder: Path, postgres: str, kafka: str, args: argparse.Namespace
) -> dict[str, list[Sample]]:
    """The contenders on PostgreSQL, in turn, round by round; between turns the pipe drains."""
    database = int(next((folder / "postgres").rglob("postmaster.pid")).read_text().split()[0])
    raw = stack.enter_context(plain_app("raw", postgres, folder))
    idiomatic = stack.enter_context(plain_app("idiomatic", postgres, folder))
    chandung = stack.enter_context(ours(postgres, kafka, folder))
    figures: dict[str, list[Sample]] = {}
    for contender in (raw, idiomatic, chandung):
        _meet_everybody(contender)
    wait_visible(chandung)
    for turn in range(args.rounds):
        for contender in (raw, idiomatic, chandung):
            sample = _batches(contender, database, args.records, seed=10 + turn)
            figures.setdefault(f"{contender.name} batches", []).append(sample)
        wait_visible(chandung)
        for contender in (raw, chandung):
            sample = _singles(contender, database, args.singles, seed=500 + turn)
            figures.setdefault(f"{contender.name} singles", []).append(sample)
        paced = _singles(chandung, database, args.singles, seed=600 + turn, rate=PACE)
        figures.setdefault(f"ours at {PACE:,}/s singles", []).append(paced)
        wait_visible(chandung)
        figures.setdefault("whole pipe", []).append(_pipe(chandung, database, args.records, seed=700 + turn))
    return figures


def _meet_everybody(contender: Contender) -> None:
    """Every customer once, so that caches and keys are as warm as after an hour. One connection: the idiomatic
    version refuses two requests that bring the same new person at once."""
    bodies = batch_bodies(introductions(PEOPLE), BATCH)
    _fire(contender, "/v1/records/batch", bodies, connections=1)


def _fire(
    contender: Contender, path: str, bodies: list[bytes], *, connections: int, rate: float | None = None
) -> Outcome:
    outcome = fire(contender.port, path, bodies, token=contender.token, connections=connections, rate=rate)
    if outcome.refused:
        raise RuntimeError(
            f"{contender.name}: of {len(bodies)} requests were refused {dict(outcome.refused)}"
        )
    return outcome


def _batches(contender: Contender, database: int | None, count: int, *, seed: int) -> Sample:
    bodies = batch_bodies(bench_records(count, people=PEOPLE, seed=seed), BATCH)
    return _measured(contender, database, count, bodies, "/v1/records/batch", connections=4)


def _singles(
    contender: Contender, database: int | None, count: int, *, seed: int, rate: float | None = None
) -> Sample:
    bodies = single_bodies(bench_records(count, people=PEOPLE, seed=seed))
    return _measured(contender, database, count, bodies, "/v1/records", connections=32, rate=rate)


def _pipe(contender: Contender, database: int | None, count: int, *, seed: int) -> Sample:
    """From the first record sent until the last is in persona's facts; every process counts.

    The API says so too afterwards: that is waited for, and not measured.
    """
    bodies = batch_bodies(bench_records(count, people=PEOPLE, seed=seed), BATCH)
    known = contender.facts_read()
    before = _cpu((*contender.accepting, *contender.others), database)
    started = time.perf_counter()
    outcome = _fire(contender, "/v1/records/batch", bodies, connections=4)
    wait_read(contender, known + count)
    outcome.seconds = time.perf_counter() - started
    after = _cpu((*contender.accepting, *contender.others), database)
    wait_visible(contender)
    return Sample(count, outcome, after[0] - before[0], after[1] - before[1])


def _measured(
    contender: Contender,
    database: int | None,
    count: int,
    bodies: list[bytes],
    path: str,
    *,
    connections: int,
    rate: float | None = None,
) -> Sample:
    if contender.settle is not None:
        contender.settle()
    before = _cpu(contender.accepting, database)
    hop = cpu_seconds([contender.gateway]) if contender.gateway else 0.0
    with standing_still(contender.others):
        outcome = _fire(contender, path, bodies, connections=connections, rate=rate)
    after = _cpu(contender.accepting, database)
    hop = cpu_seconds([contender.gateway]) - hop if contender.gateway else 0.0
    return Sample(count, outcome, after[0] - before[0], after[1] - before[1], hop / len(bodies))


def _cpu(pids: Iterable[int], database: int | None) -> tuple[float, float]:
    return cpu_seconds(pids), cpu_seconds([database] if database else [])


def report(figures: dict[str, list[Sample]], target: Path | None) -> None:
    """A table for people, JSON for `docs/proof.md`."""
    table = Table(
        "Work", "records/s", "CPU µs", "app + database", "to the limit", "p50 ms", "p99 ms", "hop µs"
    )
    rows = {name: _row(name, samples, figures) for name, samples in figures.items()}
    for name, row in rows.items():
        table.add_row(name, *(str(cell) for cell in row.values()))
    console.print(table)
    if target:
        target.write_text(json.dumps(rows, indent=1))


def _row(name: str, samples: list[Sample], figures: dict[str, list[Sample]]) -> dict[str, str]:
    def median(of: Callable[[Sample], float]) -> float:
        return statistics.median(of(sample) for sample in samples)

    limit = figures.get("raw singles" if name.endswith("singles") else "raw batches")
    cost = median(lambda sample: sample.micros)
    base = statistics.median(sample.micros for sample in limit) if limit else 0.0
    app, database = (
        median(lambda sample, field=field: 1e6 * getattr(sample, field) / sample.records)  # type: ignore[misc]
        for field in ("cpu_app", "cpu_database")
    )
    return {
        "rate": f"{median(lambda sample: sample.records / sample.outcome.seconds):,.0f}",
        "micros": f"{cost:.1f}",
        "parts": f"{app:.1f} + {database:.1f}",
        "ratio": f"{cost / base:.2f}" if base else "-",
        "p50": f"{1e3 * median(lambda sample: sample.outcome.percentile(0.5)):.1f}",
        "p99": f"{1e3 * median(lambda sample: sample.outcome.percentile(0.99)):.1f}",
        "hop": f"{1e6 * median(lambda sample: sample.hop):.0f}" if samples[0].hop else "-",
    }


if __name__ == "__main__":
    main()
