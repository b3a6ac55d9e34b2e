"""A shop that collects with SDKs of others: its write keys, its pages, and the people it then knows."""

import json
import os
import shutil
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.flow.platforms import Embedded, credentials_of

SDKS = Path(__file__).parents[1] / "sdks"
BROWSER_SDK = SDKS / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"


def needed(program: str) -> str:
    """A program's path; skips where it is missing, but in CI, where it must not be."""
    found = shutil.which(program)
    installed = (SDKS / "node_modules").exists()
    if found and installed:
        return found
    reason = f"{program} is missing" if installed else "`make sdks` has not run"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Shop:
    """A client of the platform's public API, with an operator's token."""

    base_url: str
    operator: dict[str, str]
    _token: str = ""

    @classmethod
    def of(cls, platform: Embedded) -> "Shop":
        """The shop on a running platform."""
        return cls(platform.base_url, credentials_of(platform.data_dir)["operator"])

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of a request."""
        headers = {"Authorization": f"Bearer {self._authorised()}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return _answer(urllib.request.Request(self.base_url + path, data, headers, method=method))

    def _authorised(self) -> str:
        if not self._token:
            secret = f"{self.operator['client_id']}:{self.operator['client_secret']}"
            headers = {"Authorization": "Basic " + b64encode(secret.encode()).decode()}
            form = urlencode({"grant_type": "client_credentials"}).encode()
            _, told = _answer(urllib.request.Request(self.base_url + "/oauth/token", form, headers))
            self._token = told["access_token"]
        return self._token

    def source(self, key: str, *purposes: str) -> None:
        """Register a source, with a default consent where purposes are named."""
        consent = {"notice": "core", "version": 1, "purposes": list(purposes)} if purposes else None
        status, told = self.ask("POST", "/v1/sources", {"key": key, "default_consent": consent})
        assert status == 201, told

    def write_key(self, source: str, **more: Any) -> dict[str, Any]:
        """A new write key of a source."""
        status, told = self.ask("POST", "/v1/write-keys", {"source": source, **more})
        assert status == 201, told
        made: dict[str, Any] = told
        return made

    def records(self, source: str, **query: str) -> list[dict[str, Any]]:
        """What was received of a source."""
        _, told = self.ask("GET", "/v1/records?" + urlencode({"source": source, "limit": 1000, **query}))
        items: list[dict[str, Any]] = told["items"]
        return items

    def kinds(self, source: str, status: str = "accepted") -> list[str]:
        """The kinds of a source's records of that status, sorted."""
        return sorted(item["kind"] for item in self.records(source, status=status))

    def wait_for(self, source: str, count: int, status: str = "accepted") -> list[dict[str, Any]]:
        """A source's records of that status once there are as many."""
        deadline = time.monotonic() + 20
        while len(found := self.records(source, status=status)) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(found) == count, self.records(source)
        return found

    def person(self, **identifiers: str) -> str | None:
        """Whom identifiers lead to, by the public look-up."""
        _, told = self.ask("POST", "/v1/subjects/lookup?purpose=service", {"identifiers": identifiers})
        found: str | None = told.get("subject_id")
        return found


def _answer(request: urllib.request.Request) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.loads(refusal.read())


@dataclass
class Network:
    """What lies between an SDK and the platform: loses answers, or says that it is busy, as often as planned."""

    target: str
    troubles: list[str] = field(default_factory=list)
    """One a request, then none: `lost` (taken in, but the answer never comes) or `busy`."""
    statuses: list[int] = field(default_factory=list)
    """What was answered."""


@contextmanager
def network(target: str, *troubles: str) -> Iterator[tuple[str, Network]]:
    """A bad network's address, and what happened on it."""
    made = Network(target, list(troubles))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            trouble = made.troubles.pop(0) if made.troubles else ""
            status, content, retry = 429, b"{}", "1"
            if trouble != "busy":
                status, content, retry = _passed_on(made.target + self.path, body, dict(self.headers))
            if trouble == "lost":
                status, content, retry = 503, b"{}", "1"
            made.statuses.append(status)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if retry:
                self.send_header("Retry-After", retry)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    with _serving(Handler) as address:
        yield address, made


def _passed_on(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
    kept = {name: value for name, value in headers.items() if name not in ("Host", "Connection")}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, kept), timeout=20) as reply:
            return reply.status, reply.read(), ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(), refusal.headers.get("Retry-After", "")


@contextmanager
def pages(**contents: str) -> Iterator[str]:
    """The shop's site: pages by name, and the browser SDK below /sdk/ as it came from its package."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].strip("/")
            if name.startswith("sdk/"):
                content, kind = (BROWSER_SDK / Path(name).name).read_bytes(), "text/javascript"
            else:
                content, kind = contents.get(name, "").encode(), "text/html; charset=utf-8"
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    with _serving(Handler) as address:
        yield address


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
