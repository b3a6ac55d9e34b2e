"""What a loader remembers between two runs, so that the second changes nothing: a small JSON file beside the data."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def _this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


@dataclass
class Memory:
    """The demo's moment (all records follow from it) and the ids of what was made. Written after each step."""

    path: Path | None
    now: datetime
    ids: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, value: str) -> str:
        """Remember an id; returned for convenience. On disk when this returns, if there is a path."""
        self.ids[name] = value
        self.save()
        return value

    def save(self) -> None:
        """Replace the file in one step: a crash leaves the old one or the new one."""
        if self.path is None:
            return
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps({"now": self.now.isoformat(), "ids": self.ids}, indent=1), "utf-8")
        draft.replace(self.path)


def recall(path: Path | None, now: datetime | None = None) -> Memory:
    """The memory at `path`; a new one at `now` (default: an hour ago, on the hour) where there is none.

    ValueError when a `now` is given that is not the remembered one: its records would be a second company.
    """
    if path is None or not path.exists():
        memory = Memory(path, now or _this_hour())
        memory.save()
        return memory
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    moment = datetime.fromisoformat(kept["now"])
    if now is not None and now != moment:
        raise ValueError(f"this demo was loaded as of {moment.isoformat()}")
    return Memory(path, moment, kept["ids"])


def is_loaded(path: Path) -> bool:
    """Whether a demo was loaded to its end with the memory at `path`."""
    return path.exists() and "done" in json.loads(path.read_text("utf-8"))["ids"]
