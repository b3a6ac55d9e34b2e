"""The child process as its parent sees it: rows go in page by page, pairs come out when it has compared them."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import msgspec

from services.ingest.matching.child import HEAD, frame

_KEPT_ENV: Final = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class ComparingFailed(Exception):
    """The child ended before it had told everything."""


@asynccontextmanager
async def comparing(memory: int) -> AsyncIterator["Comparison"]:
    """A child inside this block, gone after; its tables take `memory` bytes at most.

    It gets no address of a database and no secret of ours, and what it might complain of is thrown away: a complaint
    may quote a row.
    """
    env = {
        name: value for name, value in os.environ.items() if name in _KEPT_ENV or name.startswith("PYTHON")
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.ingest.matching.child",
        env={**env, "OMP_NUM_THREADS": "1"}, stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        comparison = Comparison(child)
        await comparison.feed({"memory": memory})
        yield comparison
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.wait()


class Comparison:
    """Both ends of the pipe. Every method raises ComparingFailed where the child ended early."""

    def __init__(self, child: Process) -> None:
        if child.stdin is None or child.stdout is None:
            raise ComparingFailed
        self._in, self._out = child.stdin, child.stdout

    async def feed(self, message: Any) -> None:
        """Send a page of rows, no faster than the child takes them; an empty one is the last."""
        try:
            self._in.write(frame(message))
            await self._in.drain()
        except ConnectionError:
            raise ComparingFailed from None

    async def told(self) -> AsyncIterator[dict[str, Any]]:
        """What the child says, until it is done."""
        try:
            while True:
                head = await self._out.readexactly(HEAD)
                message = msgspec.msgpack.decode(await self._out.readexactly(int.from_bytes(head, "big")))
                if "done" in message:
                    return
                yield message
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ComparingFailed from None
