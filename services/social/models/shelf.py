"""The model that answers now, as a file: child processes read it from there."""

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from kernel.store.engine import Database
from services.social.models import repository

LOOK_EVERY_S = 2.0
"""So long another process may still answer by the model before."""


@dataclass(slots=True)
class Shelf:
    """Models are kept in the database; `folder` holds a copy of the file of the one that answers.

    `given` answers where none of them does; without it the shipped one.
    """

    database: Database
    folder: Path
    given: Path | None = None
    _until: float = 0.0
    _path: Path | None = field(default=None)

    async def current(self) -> Path | None:
        """The file of the active model; None: the shipped one answers."""
        if time.monotonic() < self._until:
            return self._path
        async with self.database.snapshot() as view:
            model_id = await repository.select_active(view)
            path = self.given if model_id is None else self.folder / f"{model_id}.npz"
            if model_id is not None and path is not None and not path.exists():
                self._write(path, await repository.select_file(view, model_id) or b"")
        self._path, self._until = path, time.monotonic() + LOOK_EVERY_S
        return path

    def given_file(self) -> bytes | None:
        """The bytes of the model that was given."""
        return None if self.given is None else self.given.read_bytes()

    def look(self) -> None:
        """Ask the database again next time."""
        self._until = 0.0

    def _write(self, path: Path, file: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{secrets.token_hex(8)}"
        draft.write_bytes(file)
        draft.replace(path)
