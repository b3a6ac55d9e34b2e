"""A local server that speaks as Meta's Graph API does of leads, and fails as it does."""

import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "EAAinvented"


@dataclass
class GraphServer:
    """Leads by id, forms by id, and the faults to come: each request uses one up."""

    secret: str
    url: str = ""
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    forms: dict[str, list[str]] = field(default_factory=dict)
    faults: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        self.asked.append((path, query, headers))
        if self.faults:
            return self.faults.pop(0)
        proof = hmac.new(self.secret.encode(), TOKEN.encode(), "sha256").hexdigest()
        if headers.get("authorization") != f"Bearer {TOKEN}" or query.get("appsecret_proof") != proof:
            return 400, fault(190, "Invalid OAuth access token.")
        key, _, edge = path.strip("/").partition("/")
        if edge == "leads":
            return 200, self._page(key, int(query.get("after", "0")), int(query["limit"]))
        if key not in self.leads:
            return 400, fault(100, "Unsupported get request.", 33)
        return 200, self.leads[key]

    def _page(self, form: str, start: int, limit: int) -> dict[str, Any]:
        keys = self.forms.get(form, [])
        found = [self.leads[key] for key in keys[start : start + limit]]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + limit)}}
        if start + limit < len(keys):
            paging["next"] = f"{self.url}/{form}/leads?after={start + limit}"
        return {"data": found, "paging": paging}


def fault(code: int, message: str, subcode: int | None = None) -> dict[str, Any]:
    """An error as the Graph API writes it."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "invented"}
    return {"error": {**error, **({"error_subcode": subcode} if subcode else {})}}


@contextmanager
def graph_server(secret: str) -> Iterator[GraphServer]:
    """The server on a free port of this machine."""
    spoken = GraphServer(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(where.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, document = spoken.answer(where.path, query, headers)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is written to the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    spoken.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield spoken
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
