"""The child process as its parent sees it: an order goes in, messages come out as fast as they are taken."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

from services.ingest.imports.child import HEAD, TOLD, Order
from services.ingest.imports.domain.work import Told

_ENV = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_HELD = 1 << 20
"""Bytes of messages that wait here: the child stops reading while we store."""


class ReadingFailed(Exception):
    """The child ended before it had told everything."""


@asynccontextmanager
async def reading(order: Order) -> AsyncIterator[AsyncIterator[Told]]:
    """What the child says of a file, inside this block; it is gone after. Taking raises ReadingFailed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.ingest.imports.child",
        env=_child_env(), stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL, limit=_HELD,
    )  # fmt: skip
    try:
        yield _messages(child, msgspec.json.encode(order) + b"\n")
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.wait()


async def _messages(child: Process, order: bytes) -> AsyncIterator[Told]:
    if child.stdin is None or child.stdout is None:
        raise ReadingFailed
    try:
        child.stdin.write(order)
        await child.stdin.drain()
        while True:
            head = await child.stdout.readexactly(HEAD.size)
            yield TOLD.decode(await child.stdout.readexactly(HEAD.unpack(head)[0]))
    except asyncio.IncompleteReadError as end:
        if end.partial or await child.wait():
            raise ReadingFailed from None
    except ConnectionError:
        raise ReadingFailed from None


def _child_env() -> dict[str, str]:
    """No address of a database and no secret of ours; one thread for numpy."""
    kept = {name: value for name, value in os.environ.items() if name in _ENV or name.startswith("PYTHON")}
    return {**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
