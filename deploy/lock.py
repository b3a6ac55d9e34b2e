"""One process owns a data folder: a second one, or a tool that touches files directly, is refused."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataInUse(RuntimeError):
    """Another process works on this data folder."""


@contextmanager
def exclusive(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock inside this block. Raises DataInUse where another process has it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataInUse(f"{data_dir} is in use: stop the platform that runs on it first.") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
