"""Starting and stopping an ASGI app that lives inside another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kernel.web.asgi import ASGIApp, Message


class StartFailed(RuntimeError):
    """An app said that it could not start; the message says which and why."""


@asynccontextmanager
async def lifespan_of(name: str, app: ASGIApp) -> AsyncIterator[None]:
    """`app` is started when the block begins and stopped when it ends. Raises StartFailed where it cannot start."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: dict[str, Any] = {
        "type": "lifespan",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "state": {},
    }
    await inbox.put({"type": "lifespan.startup"})
    task = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await _answer(name, task, outbox)
    try:
        yield
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await _answer(name, task, outbox)
        await task


async def _answer(name: str, task: "asyncio.Future[Any]", outbox: "asyncio.Queue[Message]") -> None:
    reply = asyncio.ensure_future(outbox.get())
    await asyncio.wait({reply, task}, return_when=asyncio.FIRST_COMPLETED)
    if not reply.done():
        reply.cancel()
        await task  # raises what the app raised
        raise StartFailed(f"{name} ended by itself")
    if reply.result()["type"].endswith(".failed"):
        told = str(reply.result().get("message", "")).strip()  # a traceback, of which the last line says what
        raise StartFailed(f"{name}: {told.rpartition(chr(10))[2]}")
