"""A carrier on this machine: speaks HTTP, answers what a test tells it to, remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(slots=True)
class Request:
    """What the carrier was asked."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        decoded: dict[str, Any] = msgspec.json.decode(self.body)
        return decoded


@dataclass(slots=True)
class Provider:
    """Answers with `status` and `answer`; `silent`: takes the request and never answers."""

    url: str = ""
    status: int = 200
    answer: Any = None
    silent: bool = False
    requests: list[Request] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append(Request(method, target, headers, body))
            if self.silent:
                await reader.read()
                return
            content = msgspec.json.encode(self.answer)
            head_out = (
                f"HTTP/1.1 {self.status} x\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n"
            )
            writer.write(head_out.encode() + content)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A carrier that listens on this machine only."""
    found = Provider()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()
