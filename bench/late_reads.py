"""Withdrawals against readers: is anything read after the answer to a withdrawal? `python -m bench.late_reads`.

The real gateway and ingest in this process, on SQLite, without sockets: readers ask for a person's fields as fast as they
get answers, while people withdraw and consent again, over and over. A read that begins after a withdrawal was answered and
is answered with data before consent is given again is late. There must be none.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import uvloop
from fastapi import FastAPI

from gateway.app import create_app as create_gateway
from gateway.edge.door import Edge
from gateway.settings import GatewaySettings
from kernel.ids import new_id
from kernel.web.app import tune_memory
from kernel.web.upstream import Reply, call
from services.ingest.app import create_app as create_ingest
from services.ingest.settings import IngestSettings

PURPOSE = "marketing"


@dataclass(slots=True)
class Race:
    """What happened. `late` reads began after a withdrawal's answer and told something."""

    reads: int = 0
    allowed: int = 0
    denied: int = 0
    late: int = 0
    withdrawals: int = 0
    took: list[float] = field(default_factory=list)
    """Seconds a read."""


@dataclass(frozen=True, slots=True)
class Doors:
    """One person's doors: each answers with its status."""

    read: Callable[[], Awaitable[int]]
    give: Callable[[], Awaitable[int]]
    withdraw: Callable[[], Awaitable[int]]


async def race(people: list[Doors], *, rounds: int, readers: int, pause: float) -> Race:
    """`rounds` withdrawals of each person, with `readers` reading each all the while; `pause` seconds between."""
    seen = Race()
    await asyncio.gather(*(_race_of(person, seen, rounds, readers, pause) for person in people))
    return seen


async def _race_of(person: Doors, seen: Race, rounds: int, readers: int, pause: float) -> None:
    ended, over = [0], [False]  # the number of the withdrawal that stands, 0 where consent may be in force

    async def reading() -> None:
        while not over[0]:
            began_after, start = ended[0], time.perf_counter()
            status = await person.read()
            seen.took.append(time.perf_counter() - start)
            seen.reads += 1
            seen.allowed += status == 200
            seen.denied += status == 403
            seen.late += status == 200 and began_after != 0 and began_after == ended[0]
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(reading()) for _ in range(readers)]
    for number in range(1, rounds + 1):
        assert await person.give() == 201
        await asyncio.sleep(pause)
        assert await person.withdraw() == 200
        ended[0] = number
        seen.withdrawals += 1
        reads = seen.denied
        await asyncio.sleep(pause)
        while seen.denied == reads:  # noqa: ASYNC110 - at least one read falls between; readers count and signal nothing
            await asyncio.sleep(0.001)
        ended[0] = 0
    over[0] = True
    await asyncio.gather(*tasks)


def main() -> None:
    """Print the figures; exits with 1 where a read was late."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--readers", type=int, default=4, help="a person")
    parser.add_argument("--rounds", type=int, default=100)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        late = uvloop.run(measure(Path(folder), args))
    raise SystemExit(1 if late else 0)


async def measure(folder: Path, args: argparse.Namespace) -> int:
    """The race over the real apps; how many reads were late."""
    base: dict[str, Any] = {"data_dir": folder / "var", "key_dir": folder / "keys"}
    ingest = create_ingest(IngestSettings(**base))
    edge = cast(Edge, create_gateway(GatewaySettings(**base), upstreams={"ingest": ingest}))
    apps = (ingest, cast(FastAPI, edge.own))
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        tune_memory()
        head = await _head(edge, folder)
        people = [await _doors(edge, head, number) for number in range(args.people)]
        cpu, start = time.process_time(), time.perf_counter()
        seen = await race(people, rounds=args.rounds, readers=args.readers, pause=0.02)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - start
    p99 = statistics.quantiles(seen.took, n=100)[98] * 1e3
    print(
        f"{seen.reads:,} reads ({seen.reads / wall:,.0f}/s, {cpu / seen.reads * 1e6:,.0f} µs CPU each, writes included, "
        f"p99 {p99:.1f} ms), {seen.allowed:,} told, {seen.denied:,} denied, {seen.withdrawals} withdrawals: "
        f"{seen.late} late"
    )
    return seen.late


async def _head(edge: Edge, folder: Path) -> tuple[tuple[bytes, bytes], ...]:
    client = json.loads((folder / "var" / "credentials.json").read_text("utf-8"))["operator"]
    form = "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}".format(
        **client
    )
    kind = (b"content-type", b"application/x-www-form-urlencoded")
    reply = await call(edge, "POST", "/oauth/token", headers=(kind,), body=form.encode())
    token = json.loads(reply.body)["access_token"]
    return ((b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json"))


async def _doors(edge: Edge, head: tuple[tuple[bytes, bytes], ...], number: int) -> Doors:
    async def asked(method: str, path: str, body: Any = None) -> Reply:
        content = json.dumps(body).encode() if body is not None else b""
        return await call(edge, method, path, headers=head, body=content)

    def act() -> dict[str, Any]:
        return {
            "identifiers": {"phone": f"09123456{number:02d}"}, "notice": "core", "version": 1,
            "purposes": [PURPOSE], "method": "form", "captured_at": datetime.now(UTC).isoformat(),
            "proof": new_id(),
        }  # fmt: skip

    subject = json.loads((await asked("POST", "/v1/consents", act())).body)["subject_id"]
    path = f"/v1/subjects/{subject}?purpose={PURPOSE}&fields=phone"
    body = {"subject_id": subject, "purposes": [PURPOSE]}

    async def read() -> int:
        return (await asked("GET", path)).status

    async def give() -> int:
        return (await asked("POST", "/v1/consents", act())).status

    async def withdraw() -> int:
        return (await asked("POST", "/v1/consents/withdraw", body)).status

    return Doors(read, give, withdraw)


if __name__ == "__main__":
    main()
