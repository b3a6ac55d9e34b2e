"""The processes that runs are worked off in; one may stand by, so that loading libraries costs nobody a wait."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

STAND_BY_S = 120.0
"""How long a process stands by for a run before it is let go: it holds about 200 MB."""

_ENV = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE")
_ENV_PREFIXES = ("AWS_", "AZURE_", "GOOGLE_", "PYTHON")


@dataclass(slots=True)
class Children:
    """Starts children and hands them a folder. A child whose standard input closes goes away by itself."""

    _spare: Process | None = None
    _expiry: asyncio.TimerHandle | None = None

    async def warm(self) -> None:
        """Have a child standing by: a study was made, a run will follow."""
        self._let_go_later()
        if self._spare is None or self._spare.returncode is not None:
            self._spare = await _started()

    async def take(self, folder: Path) -> Process:
        """A child at work on `folder`: the one standing by, else a new one."""
        child, self._spare = self._spare, None
        if child is not None and child.returncode is None:
            with suppress(ConnectionError):
                await _tell(child, folder)
                return child
        child = await _started()
        await _tell(child, folder)
        return child

    async def close(self) -> None:
        """Let the spare child go."""
        if self._expiry is not None:
            self._expiry.cancel()
        spare, self._spare = self._spare, None
        if spare is not None and spare.returncode is None:
            spare.kill()
            await spare.wait()

    def _let_go_later(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = asyncio.get_running_loop().call_later(STAND_BY_S, self._let_go)

    def _let_go(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None and spare.stdin is not None:
            spare.stdin.close()


async def _started() -> Process:
    command = (sys.executable, "-m", "services.persona.studies.run")
    return await asyncio.create_subprocess_exec(*command, env=_child_env(), stdin=PIPE)


async def _tell(child: Process, folder: Path) -> None:
    if child.stdin is None:
        raise ConnectionError("the child has no standard input")
    child.stdin.write(_line(folder))
    await child.stdin.drain()


def _line(folder: Path) -> bytes:
    return f"{folder.absolute()}\n".encode()


def _child_env() -> dict[str, str]:
    """No address of a database and no secret of ours; one thread for linear algebra (more only wait for each other)."""
    kept = {
        name: value for name, value in os.environ.items() if name in _ENV or name.startswith(_ENV_PREFIXES)
    }
    return {**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
