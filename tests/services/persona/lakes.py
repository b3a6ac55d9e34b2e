"""Lakes for tests: events as a Parquet file, and the people who may be looked at."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from kernel.contracts.event import Event
from services.persona.attributes import repository as engine
from services.persona.attributes.domain import Window
from services.persona.lake.domain import facts_of
from services.persona.lake.schema import arrow_table
from services.persona.lake.service import People
from services.persona.studies.service.folder import write_people


def write_lake(folder: Path, events: Iterable[Event]) -> Path:
    """The facts of `events` as a file."""
    path = folder / "facts.parquet"
    pq.write_table(arrow_table(facts_of(events)), path)
    return path


def facts(
    folder: Path,
    events: Iterable[Event],
    people: Mapping[str, tuple[str, bool]],
    window: Window,
    *,
    consenting: bool = True,
) -> Any:
    """The facts of a window as an Ibis table; `people` gives each origin's person and whether profiling is allowed."""
    rows = [(origin, *found) for origin, found in people.items()]
    write_people(folder, People(*(list(column) for column in zip(*rows, strict=True))))
    lake = engine.LakeFiles("", (str(write_lake(folder, events)),))
    backend = engine.connect(threads=1)
    return engine.within(
        engine.facts_of_people(backend, lake, folder / "people.parquet", consenting=consenting), window
    )
