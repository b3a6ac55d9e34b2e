"""What the gateway costs: `make bench-gateway`. A decision, the proxy's hop beside the same server asked directly, and
reading a person (consent, policy, audit, reveal) on a platform in one process; the load generator shares the machine.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.cpu import cpu_seconds
from bench.load import fire
from deploy.engines import free_port
from gateway.policy.domain import Asked, Fact, class_of, decide
from kernel.web.asgi import Receive, Scope, Send

REQUESTS, READS, CONNECTIONS = 10_000, 1_000, 16
"""Each read is a commit of its own: fewer of them, so that the bench ends on a slow disk too."""
BODY = b'{"ok":true}'


async def behind(scope: Scope, _receive: Receive, send: Send) -> None:
    """The least that a service can answer."""
    if scope["type"] != "http":
        return
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": BODY})


def decision() -> None:
    """A decision that was made before, in microseconds."""
    asked = Asked("partner", "marketing", class_of("phone"), frozenset(Fact))
    decide(asked)
    rounds = []
    for _ in range(2_000):
        started = time.perf_counter_ns()
        for _ in range(100):
            decide(asked)
        rounds.append((time.perf_counter_ns() - started) / 100_000)
    print(f"cached decision     p50 {statistics.median(rounds):.2f} µs")


@contextmanager
def process(*arguments: str, port: int, path: str, **environment: str) -> Iterator[int]:
    """A server as a process of its own, ready; its id."""
    started = subprocess.Popen(
        [sys.executable, *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}{path}")
        yield started.pid
    finally:
        started.terminate()
        started.wait(30)


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def ask(base: str, path: str, token: str = "", body: Any = None, form: Any = None) -> Any:
    """The JSON answer to a request."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = urlencode(form).encode() if form else json.dumps(body).encode() if body is not None else None
    if body is not None:
        headers["Content-Type"] = "application/json"
    with urllib.request.urlopen(urllib.request.Request(base + path, data, headers)) as answer:
        return json.load(answer)


def token_of(base: str, data: Path, who: str) -> str:
    """A token of a first client."""
    client = json.loads((data / "credentials.json").read_text())[who]
    form = {name: client[name] for name in ("client_id", "client_secret")}
    token: str = ask(base, "/oauth/token", form={"grant_type": "client_credentials", **form})["access_token"]
    return token


def hop(folder: Path) -> None:
    """Through the gateway by URL, and directly."""
    upstream, port = free_port(), free_port()
    places = {"DATA_DIR": str(folder / "data"), "KEY_DIR": str(folder / "keys")}
    urls = {"SOCIAL_URL": f"http://127.0.0.1:{upstream}"}
    with (
        process("-m", "bench.gateway", "behind", str(upstream), port=upstream, path="/"),
        process(
            "-m",
            "bench.gateway",
            "gateway",
            str(port),
            port=port,
            path="/livez",
            **places,
            **urls,
            PORT=str(port),
        ) as gateway,
    ):
        token = token_of(f"http://127.0.0.1:{port}", folder / "data", "operator")
        asked: dict[str, Any] = {"token": token, "connections": CONNECTIONS, "expect": 200, "method": "GET"}
        for bodies in ([b""] * 500, [b""] * REQUESTS):
            direct = fire(upstream, "/v1/topics", bodies, **asked)
            before = cpu_seconds([gateway])
            through = fire(port, "/v1/topics", bodies, **asked)
        cpu = (cpu_seconds([gateway]) - before) / REQUESTS * 1e6
    rate, plain = REQUESTS / through.seconds, REQUESTS / direct.seconds
    print(
        f"proxy's hop         {cpu:.0f} µs CPU a request, {rate:,.0f}/s, {rate / plain:.2f} of direct ({plain:,.0f}/s)"
    )


def reading(folder: Path) -> None:
    """A person read again and again on a platform in one process."""
    port = free_port()
    base, data = f"http://127.0.0.1:{port}", folder / "data"
    places = {"DATA_DIR": str(data), "KEY_DIR": str(folder / "keys"), "PORT": str(port), "DEMO": "0"}
    with process("-m", "deploy.cli", "up", port=port, path="/readyz", **places) as platform:
        operator = token_of(base, data, "operator")
        body = {
            "identifiers": {"phone": "0912345678"},
            "notice": "core",
            "version": 1,
            "purposes": ["service", "marketing"],
            "method": "form",
            "captured_at": "2026-01-02T03:04:05+07:00",
            "proof": "form 1",
        }
        person = ask(base, "/v1/consents", operator, body)["subject_id"]
        path = f"/v1/subjects/{person}?purpose=marketing&fields=phone,full_name"
        asked: dict[str, Any] = {
            "token": operator,
            "connections": CONNECTIONS,
            "expect": 200,
            "method": "GET",
        }
        fire(port, path, [b""] * 500, **asked)
        before = cpu_seconds([platform])
        read = fire(port, path, [b""] * READS, **asked)
        cpu = (cpu_seconds([platform]) - before) / READS * 1e6
    refused = f", refused {dict(read.refused)}" if read.refused else ""
    print(
        f"reading a person    {READS / read.seconds:,.0f}/s, {cpu:.0f} µs CPU,"
        f" p50 {read.percentile(0.5) * 1e3:.1f} ms, p99 {read.percentile(0.99) * 1e3:.1f} ms{refused}"
    )


def serve(what: str, port: int) -> None:
    """One of the servers that the bench starts."""
    import uvloop

    from deploy.serve import listening, server_for

    app = behind
    if what == "gateway":
        from gateway.app import create_app
        from gateway.settings import GatewaySettings

        app = create_app(GatewaySettings())  # type: ignore[assignment]  # an ASGI app as well
    with listening("127.0.0.1", port) as door:
        uvloop.run(server_for(app, lifespan=what == "gateway").serve(sockets=[door]))


def main() -> None:
    """All figures, one after another."""
    if len(sys.argv) > 2:
        serve(sys.argv[1], int(sys.argv[2]))
        return
    decision()
    for measure in (hop, reading):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder))


if __name__ == "__main__":
    main()
