"""Asking every part: is it ready, and what does it offer."""

import asyncio
from typing import Any

from gateway.parts import Parts
from kernel.chassis import Chassis
from kernel.web.asgi import ASGIApp
from kernel.web.upstream import call

SERVICES = ("ingest", "verify", "social", "persona")
PATIENCE_S = 3.0


async def trouble_of(parts: Parts, chassis: Chassis) -> dict[str, Any]:
    """What is not ready now, by part; empty where everything is."""
    own = await chassis.check()
    answers = await asyncio.gather(*(_readiness(parts.upstreams.get(name)) for name in SERVICES))
    found = {name: answer for name, answer in zip(SERVICES, answers, strict=True) if answer}
    return {**({"gateway": own} if own else {}), **found}


async def _readiness(upstream: ASGIApp | None) -> str:
    """Why a service is not ready; empty where it is."""
    if upstream is None:
        return "not connected"
    try:
        async with asyncio.timeout(PATIENCE_S):
            reply = await call(upstream, "GET", "/readyz")
    except TimeoutError:
        return "does not answer"
    return "" if reply.status == 200 else "not ready"
