"""The load generator: ready-made bodies over kept-alive connections, from a process of its own."""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from deploy.demo.people import invent_person

PRODUCTS = [f"Sản phẩm {number}" for number in range(200)]
PURPOSES = ["service", "analytics", "profiling", "marketing"]


def bench_records(count: int, *, people: int, seed: int = 1) -> list[dict[str, Any]]:
    """`count` transactions of `people` invented customers, each with its consent: what a point of sale sends.

    The customers are the same whatever the seed: who comes again is known already.
    """
    who = _customers(people)
    rng = random.Random(seed)
    now = datetime.now(UTC)
    captured = (now - timedelta(days=1)).isoformat()
    return [_transaction(rng, who[rng.randrange(people)], now, captured) for _ in range(count)]


def introductions(people: int) -> list[dict[str, Any]]:
    """One transaction of every customer."""
    rng, now = random.Random("introductions"), datetime.now(UTC)
    captured = (now - timedelta(days=1)).isoformat()
    return [_transaction(rng, person, now, captured) for person in _customers(people)]


@cache
def _customers(count: int) -> list[dict[str, Any]]:
    rng = random.Random(0)
    return [invent_person(rng, serial) for serial in range(count)]


def _transaction(rng: random.Random, person: dict[str, Any], now: datetime, captured: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = [
        {
            "sku": f"SKU-{number}",
            "name": PRODUCTS[number],
            "category": f"nhóm {number % 12}",
            "quantity": rng.randint(1, 3),
            "unit_price": 1000 * rng.randint(10, 300),
        }
        for number in rng.sample(range(200), 2)
    ]
    return {
        "id": str(UUID(int=rng.getrandbits(128), version=4)),
        "source": "default",
        "channel": "transaction",
        "kind": "transaction",
        "occurred_at": (now - timedelta(seconds=rng.randrange(86_400))).isoformat(),
        "subject": {
            "identifiers": {"phone": person["phone"], "email": person["email"]},
            "attributes": {"full_name": person["full_name"], "gender": person["gender"]},
        },
        "payload": {
            "order_id": f"DH{rng.randrange(10**9)}",
            "items": items,
            "total": sum(item["quantity"] * item["unit_price"] for item in items),
            "currency": "VND",
            "payment_method": "cash",
        },
        "consent": {
            "notice": "core",
            "version": 1,
            "purposes": PURPOSES,
            "method": "app",
            "captured_at": captured,
        },
    }


def batch_bodies(records: Sequence[dict[str, Any]], size: int) -> list[bytes]:
    """The records as bodies of `POST /v1/records/batch`."""
    return [
        json.dumps({"records": records[start : start + size]}, ensure_ascii=False).encode()
        for start in range(0, len(records), size)
    ]


def single_bodies(records: Sequence[dict[str, Any]]) -> list[bytes]:
    """The records as bodies of `POST /v1/records`."""
    return [json.dumps(record, ensure_ascii=False).encode() for record in records]


@dataclass
class Outcome:
    """What a run of the generator saw."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    """Answers of another status than was expected."""

    def percentile(self, share: float) -> float:
        """A latency percentile in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def fire(
    port: int,
    path: str,
    bodies: Sequence[bytes],
    *,
    token: str = "",
    connections: int = 4,
    rate: float | None = None,
    expect: int = 202,
    method: str = "POST",
) -> Outcome:
    """Send every body once over `connections` kept-alive connections; at most `rate` requests a second in all."""
    lanes = [list(bodies[lane::connections]) for lane in range(connections)]
    outcome, lock, started = Outcome(0.0), threading.Lock(), time.perf_counter()
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"

    def run(lane: int) -> None:
        latencies, refused = [], Counter[int]()
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for index, body in enumerate(lanes[lane]):
                due = started + (index * connections + lane) / rate if rate else 0.0
                if due > (now := time.perf_counter()):
                    time.sleep(due - now)
                begun = time.perf_counter()
                line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                if (status := _status(line)) != expect:
                    refused[status] += 1
                latencies.append(time.perf_counter() - max(begun, due))
        with lock:
            outcome.latencies += latencies
            outcome.refused += refused

    threads = [threading.Thread(target=run, args=(lane,)) for lane in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - started
    if len(outcome.latencies) != len(bodies):
        raise RuntimeError(f"{len(bodies) - len(outcome.latencies)} requests got no answer")
    return outcome


def _status(line: socket.socket) -> int:
    """Read one answer whole; its status."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        part = line.recv(65_536)
        if not part:
            raise ConnectionError("the server closed the connection")
        data += part
    head = data[:end].lower()
    body = len(data) - end - 4
    start = head.index(b"content-length:") + 15
    length = int(head[start : (head + b"\r\n").index(b"\r\n", start)])
    while body < length:
        body += len(line.recv(262_144))
    return int(head[9:12])
