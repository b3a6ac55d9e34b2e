"""The app factory: one FastAPI app a service, with health, metrics, problems and bounds alike everywhere."""

import ctypes
import gc
import platform
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from prometheus_client import generate_latest
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from kernel.chassis import Chassis
from kernel.errors import Fault
from kernel.keys import secret_file
from kernel.telemetry import metrics
from kernel.web.copies import copy_router
from kernel.web.idempotency import Idempotent
from kernel.web.internal import InternalTokens
from kernel.web.middleware import MAX_BODY, Boundary, BoundedBody, KnownCaller
from kernel.web.problems import PROBLEM_SCHEMA, PROBLEM_TYPE, answer_with_problem

VERSION = "0.1.0"

_NO_OTHER_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
"""FastAPI's own would export addresses, queries and the words of exceptions, where its environment asks for it."""


def make_app(
    chassis: Chassis,
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    tokens: InternalTokens | None,
    max_body: int = MAX_BODY,
    larger: Mapping[str, int] | None = None,
    inner: Sequence[Middleware] = (),
) -> FastAPI:
    """A service's app. With `tokens` every route but health wants an internal token; the gateway passes None.

    `larger` are the bodies that some paths take. `inner` middleware stands next to the routes, where the caller is known and the body bounded.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with chassis.running():
            yield

    middleware = [
        Middleware(
            Boundary, service=chassis.settings.service, traced_as=chassis.settings.service if tokens else ""
        ),  # the gateway's edge makes its spans
        *([Middleware(KnownCaller, tokens=tokens)] if tokens else []),
        Middleware(BoundedBody, limit=max_body, larger=larger or {}),
        Middleware(Idempotent, database=chassis.database, store=chassis.store, secret=_answers_key(chassis)),
        *inner,
    ]
    app = FastAPI(
        title=title,
        description=description,
        version=VERSION,
        lifespan=lifespan,
        middleware=middleware,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        telemetry=_NO_OTHER_TELEMETRY,
        exception_handlers=dict.fromkeys((Fault, RequestValidationError, HTTPException), answer_with_problem),
    )
    app.state.chassis = chassis
    copies = copy_router(chassis.database, chassis.holdings, chassis.shows)
    for router in (*routers, copies, _health(chassis)):
        app.include_router(router)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _answers_key(chassis: Chassis) -> bytes:
    return secret_file(chassis.settings.key_dir, "answers.key")


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI 3.1 document, every operation with its problem answer."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = {
                    "description": "A problem (RFC 9457).",
                    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
        schema["x-subscriptions"] = subscriptions_of(app.state.chassis)
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        components["Problem"] = PROBLEM_SCHEMA
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema


def subscriptions_of(chassis: Chassis) -> list[dict[str, str]]:
    """What a service reads from the log and why: `x-subscriptions` of its OpenAPI, and so of AsyncAPI."""
    return [
        {"consumer": consumer.name, "topic": handler.topic, "purpose": handler.purpose}
        for consumer in chassis.consumers
        for handler in consumer.handlers
    ]


_M_ARENA_MAX = -8
"""Of `malloc.h`."""


def tune_memory() -> None:
    """Collect garbage rarely: batches make many objects that live as long as a request (2.4 times the throughput).

    On glibc threads share two arenas: with one each, those of SQLite and the lake kept 50 MiB of an importing platform
    for themselves, and were no faster.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _health(chassis: Chassis) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, Any]:
        trouble = await chassis.check()
        response.status_code = 503 if trouble else 200
        return {"status": "not ready" if trouble else "ready", "trouble": trouble}

    @router.get("/metrics", include_in_schema=False)
    async def show_metrics() -> Response:
        return Response(generate_latest(metrics().registry), media_type="text/plain; version=0.0.4")

    return router
