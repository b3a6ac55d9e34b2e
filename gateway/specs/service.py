"""Asking every part: is it ready, and what does it offer."""

import asyncio
import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from gateway.parts import Parts
from gateway.specs.domain import Document, merged
from kernel.chassis import Chassis
from kernel.errors import NotFound, Unavailable
from kernel.specs.asyncapi import asyncapi_document
from kernel.web.app import VERSION
from kernel.web.asgi import ASGIApp
from kernel.web.upstream import call

SERVICES = ("ingest", "verify", "social", "persona")
PATIENCE_S = 3.0

_ASSET = re.compile(r"/assets/([\w.-]+)")
_PAGES = Path(__file__).parent / "pages"
_ASSETS = {
    "try.js": (None, "text/javascript"),
    "docs.css": (None, "text/css"),
    "redoc.standalone.js": ("fastapi_offline", "text/javascript"),
    "swagger-ui.css": ("fastapi_offline", "text/css"),
    "swagger-ui-bundle.js": ("fastapi_offline", "text/javascript"),
    "asyncapi-theme.css": ("asyncapi_viewer", "text/css"),
    "asyncapi-viewer.iife.js": ("asyncapi_viewer", "text/javascript"),
}
"""What the pages load: our own, or a file of an installed package; never another origin's."""


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


class Catalogue:
    """The merged documents, made once every part has answered and kept from then on."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._made: dict[str, bytes] = {}

    async def openapi(self, parts: Parts, own: Document) -> bytes:
        """OpenAPI of everything, as JSON. Raises Unavailable while a part does not answer."""
        if "openapi" not in self._made:
            document = merged({**await self._asked(parts), "gateway": own}, version=VERSION)
            self._made["openapi"] = msgspec.json.encode(document)
        return self._made["openapi"]

    async def asyncapi(self, parts: Parts, own: Document) -> bytes:
        """AsyncAPI of everything, as JSON. Raises Unavailable while a part does not answer."""
        if "asyncapi" not in self._made:
            documents = [*(await self._asked(parts)).values(), own]
            entries = [entry for document in documents for entry in document.get("x-subscriptions", [])]
            self._made["asyncapi"] = msgspec.json.encode(asyncapi_document(entries, version=VERSION))
        return self._made["asyncapi"]

    async def _asked(self, parts: Parts) -> dict[str, Document]:
        """Every part's own document; those that answered are not asked again."""
        missing = [name for name in SERVICES if name not in self._documents]
        replies = await asyncio.gather(*(_document(parts, name) for name in missing), return_exceptions=True)
        for name, reply in zip(missing, replies, strict=True):
            if not isinstance(reply, BaseException):
                self._documents[name] = reply
        failed = next((reply for reply in replies if isinstance(reply, BaseException)), None)
        if failed is not None:
            raise failed
        return self._documents


async def _document(parts: Parts, name: str) -> Document:
    upstream = parts.upstreams.get(name)
    if upstream is None:
        raise Unavailable(f"The {name} service is not connected.")
    try:
        async with asyncio.timeout(PATIENCE_S):
            reply = await call(upstream, "GET", "/openapi.json")
    except TimeoutError as error:
        raise Unavailable(f"The {name} service does not answer.") from error
    if reply.status != 200:
        raise Unavailable(f"The {name} service does not answer.")
    document: Document = msgspec.json.decode(reply.body)
    return document


@cache
def page(name: str) -> str:
    """A page's HTML; each file that it loads is named with its hash, so that browsers may keep it for ever."""
    text = (_PAGES / name).read_text("utf-8")
    return _ASSET.sub(lambda match: f"/assets/{match[1]}?v={asset_hash(match[1])}", text)


@cache
def asset_hash(name: str) -> str:
    """The start of a file's SHA-256. Raises NotFound for a file that pages do not load."""
    return hashlib.sha256(asset(name)[0]).hexdigest()[:12]


@cache
def asset(name: str) -> tuple[bytes, str]:
    """A file that the pages load, and its media type. Raises NotFound for any other."""
    if name not in _ASSETS:
        raise NotFound("There is no such file.")
    package, media_type = _ASSETS[name]
    return (_folder(package) / name).read_bytes(), media_type


def _folder(package: str | None) -> Path:
    if package is None:
        return _PAGES
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise NotFound(f"{package} is not installed.")
    return Path(found.origin).parent / "static"
