"""How far the loader is, as bars in a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from deploy.demo.stages import LABELS


class Bars:
    """One bar a stage, for a terminal: `with Bars() as bars: await load(client, progress=bars)`."""

    def __init__(self, console: Console | None = None) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<28}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
        )
        self._progress = Progress(
            *columns, TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=console
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, stage: str, total: float) -> None:
        """A new bar."""
        self._tasks[stage] = self._progress.add_task(LABELS.get(stage, stage), total=total, note="")

    def reach(self, stage: str, done: float, note: str = "") -> None:
        """Move the stage's bar."""
        self._progress.update(self._tasks[stage], completed=done, note=note)
