"""A local server that speaks as feeds, the Graph API and YouTube do, and fails as they do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class SourceServer:
    """Pages by path, answered in turn (the last again and again); what was asked is kept."""

    url: str = ""
    pages: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """What was posted."""

    def say(self, path: str, *replies: Reply | dict[str, Any]) -> None:
        """What `path` answers; a dict is a JSON document."""
        self.pages[path] = [one if isinstance(one, tuple) else told(200, one) for one in replies]

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        """Status, headers and body."""
        self.asked.append((path, query, headers))
        replies = self.pages.get(path, [(404, {}, b"")])
        return replies.pop(0) if len(replies) > 1 else replies[0]


def told(status: int, document: dict[str, Any]) -> Reply:
    """A JSON answer."""
    return status, {"content-type": "application/json"}, json.dumps(document).encode()


@contextmanager
def source_server() -> Iterator[SourceServer]:
    """The server on a free port of this machine."""
    spoken = SourceServer()

    class Speaking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answered, body = spoken.answer(parts.path, query, headers)
            self.send_response(status)
            for name, value in answered.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            spoken.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Speaking)
    spoken.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield spoken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
