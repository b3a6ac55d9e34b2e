"""Serving an ASGI app with the settings that measured best, until a signal ends it."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from kernel.web.app import tune_memory
from kernel.web.asgi import ASGIApp

GRACE_S = 25
"""How long requests in flight may finish after SIGTERM; orchestrators wait 30 s before they kill."""

BACKLOG = 2048


class AddressTaken(RuntimeError):
    """Nobody can listen at this address now."""


class Server(uvicorn.Server):
    """Ends with its caller's own clean-up when a signal comes; uvicorn would raise the signal again and die by it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM ask for the end; a second one asks for it at once."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self.handle_exit, sign, None)
        try:
            yield
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(sign)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to that address (port 0: a free one), closed afterwards. Raises AddressTaken before the work starts."""
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        door = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise AddressTaken(f"Nothing can listen at {host}:{port}: {why}. Set PORT to another.") from error
    with door:
        yield door


def server_for(app: ASGIApp, *, lifespan: bool) -> Server:
    """A uvicorn server on uvloop and httptools; access logs are off, since paths can hold identifiers."""
    tune_memory()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on" if lifespan else "off",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )
    return Server(config)
