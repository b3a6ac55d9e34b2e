"""The hot doors as bare ASGI: routing, dependencies and response objects would cost more than the record does.

FastAPI's routes of the same addresses (api.py) document them and answer whatever is not a plain POST; both call the
functions given here, so that there is one behaviour.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kernel.web.asgi import ASGIApp, Receive, Scope, Send
from kernel.web.spans import ROUTE

Answer = Callable[[Scope, Receive], Awaitable[bytes]]
"""From a request to the answer's body; refuses by raising a Fault."""


class HotDoor(NamedTuple):
    """What answers at a path, and with which status."""

    status: int
    answer: Answer


@dataclass(slots=True)
class HotDoors:
    """Innermost middleware: answers `POST` at fixed paths with JSON, and passes everything else on."""

    app: ASGIApp
    doors: Mapping[str, HotDoor]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A look into a dict instead of a router; what is raised the outermost middleware answers."""
        door = self.doors.get(scope["path"]) if scope["type"] == "http" else None
        if door is None or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        scope[ROUTE] = scope["path"]
        content = await door.answer(scope, receive)
        headers: Sequence[tuple[bytes, bytes]] = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": door.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


async def read_body(receive: Receive) -> bytes:
    """The whole body; the middleware bounds it. Raises OSError where the client left in the middle."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client left")
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
