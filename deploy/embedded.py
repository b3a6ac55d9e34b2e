"""Embedded mode: one process, the five apps composed, SQLite files and one durable log; nothing else to install."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from deploy.lifespan import lifespan_of
from gateway.app import create_app as create_gateway
from gateway.settings import GatewaySettings
from kernel.log.sql import SqlLog
from kernel.web.asgi import ASGIApp
from services.ingest.app import create_app as create_ingest
from services.ingest.settings import IngestSettings
from services.persona.app import create_app as create_persona
from services.persona.settings import PersonaSettings
from services.social.app import create_app as create_social
from services.social.settings import SocialSettings
from services.verify.app import create_app as create_verify
from services.verify.settings import VerifySettings

TIDY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Platform:
    """The composed platform: `gateway` is the app to serve; `running` brings everything up."""

    gateway: ASGIApp
    services: dict[str, ASGIApp]
    log: SqlLog


def create_platform(data_dir: Path, key_dir: Path, *, host: str = "127.0.0.1", port: int = 8080) -> Platform:
    """The five apps over files below `data_dir`, with keys in `key_dir`; nothing is opened before `running`.

    Other settings come from the environment, but for the URLs that would make it another mode.
    """
    base: dict[str, Any] = {"data_dir": data_dir, "key_dir": key_dir, "database_url": "", "log_url": ""}
    log = SqlLog(f"sqlite:///{data_dir / 'log.db'}")
    ingest = create_ingest(IngestSettings(**base), log=log)
    services: dict[str, ASGIApp] = {
        "ingest": ingest,
        "verify": create_verify(VerifySettings(**base), log=log, ingest=ingest),
        "social": create_social(SocialSettings(**base), log=log, ingest=ingest),
        "persona": create_persona(PersonaSettings(**base), log=log),
    }
    gateway = create_gateway(GatewaySettings(**base, host=host, port=port), log=log, upstreams=services)
    return Platform(gateway, services, log)


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[None]:
    """All parts run inside this block; they stop in the reverse order. Raises StartFailed where one cannot start."""
    async with AsyncExitStack() as stack:
        await platform.log.start()
        stack.push_async_callback(platform.log.stop)
        for name, app in {**platform.services, "gateway": platform.gateway}.items():
            await stack.enter_async_context(lifespan_of(name, app))
        tidying = asyncio.create_task(_tidy(platform.log))
        stack.callback(tidying.cancel)
        yield


async def _tidy(log: SqlLog) -> None:
    """Delete hourly what retention no longer keeps; a failure is logged and the next hour tries again."""
    while True:
        await asyncio.sleep(TIDY_S)
        try:
            await log.expire()
        except (sa.exc.SQLAlchemyError, OSError) as error:
            structlog.get_logger().warning("log not tidied", error=type(error).__name__)
