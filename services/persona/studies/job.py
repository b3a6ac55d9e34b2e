"""The folder between the service and a run's child process: what the child may read, and what it hands back."""

from pathlib import Path
from typing import Any

import msgspec


class Condition(msgspec.Struct, frozen=True):
    """A condition of the audience."""

    field: str
    op: str
    value: Any = None


class Job(msgspec.Struct, frozen=True):
    """`job.json`: all that a run needs beside the lake's files and `people.parquet`."""

    run_id: str
    study_id: str
    objective: str
    metric: str
    horizon_days: int
    conditions: tuple[Condition, ...]
    window: tuple[int, int]
    """Epoch seconds, [start, end)."""
    max_personas: int
    threshold: int
    fewest_people: int
    floor_share: float
    lake_url: str
    lake_files: tuple[str, ...]
    lake_version: int
    facts_until: int
    """Epoch seconds."""
    computed_at: int
    memory: str = "1GB"
    before: dict[str, str] = {}
    """Persona id to name of the version before, so that names are kept."""


class Result(msgspec.Struct, frozen=True):
    """`result.json`: the portraits, or why there are none. Assignments are in `assignments.parquet`."""

    state: str
    """`done` or `refused`."""
    quality: dict[str, Any]
    reasons: list[dict[str, str]] = []
    personas: list[dict[str, Any]] = []
    quotes: dict[str, list[dict[str, str]]] = {}


class Progress(msgspec.Struct, frozen=True):
    """`progress.json`: replaced as the run goes on."""

    progress: float
    stage: str


PEOPLE, BEFORE, ASSIGNMENTS, ERRORS = "people.parquet", "before.parquet", "assignments.parquet", "stderr.log"


def read_job(folder: Path) -> Job:
    """The job in `folder`. Raises OSError or msgspec.DecodeError where there is none."""
    return msgspec.json.decode((folder / "job.json").read_bytes(), type=Job)


def read_result(folder: Path) -> Result | None:
    """The result in `folder`, None while there is none: it appears whole or not at all."""
    path = folder / "result.json"
    return msgspec.json.decode(path.read_bytes(), type=Result) if path.exists() else None


def read_progress(folder: Path) -> Progress:
    """How far the run in `folder` is."""
    path = folder / "progress.json"
    return (
        msgspec.json.decode(path.read_bytes(), type=Progress) if path.exists() else Progress(0.0, "starting")
    )


def put(folder: Path, name: str, content: msgspec.Struct) -> None:
    """Write `content` as `name`.json, at once."""
    draft = folder / f".{name}.draft"
    draft.write_bytes(msgspec.json.encode(content))
    draft.replace(folder / f"{name}.json")
