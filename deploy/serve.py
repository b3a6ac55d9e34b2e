"""Serving an ASGI app with the settings that measured best, until a signal ends it."""

import uvicorn

from kernel.web.app import tune_memory
from kernel.web.asgi import ASGIApp

GRACE_S = 25
"""How long requests in flight may finish after SIGTERM; orchestrators wait 30 s before they kill."""


def server_for(app: ASGIApp, host: str, port: int, *, lifespan: bool) -> uvicorn.Server:
    """A uvicorn server on uvloop and httptools; access logs are off, since paths can hold identifiers."""
    tune_memory()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on" if lifespan else "off",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
        timeout_graceful_shutdown=GRACE_S,
    )
    return uvicorn.Server(config)
