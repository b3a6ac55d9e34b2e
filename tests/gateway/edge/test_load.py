"""What is too much, or takes longer than the client waits, is refused by itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.web.asgi import Scope, Send
from tests.gateway.edge.running import Gateway, Service, refused, running
from tests.running import until
from tests.vault_double import answer


class Slow(Service):
    """A service that answers when it is let."""

    go: asyncio.Event

    async def respond(self, scope: Scope, body: bytes, send: Send) -> None:
        await self.go.wait()
        await answer(send, 200, {})


@pytest.fixture
async def crowded(tmp_path: Path) -> AsyncIterator[tuple[Gateway, Slow]]:
    async with running(tmp_path, at_once=3, most_at_once=4) as gateway:
        slow = Slow()
        slow.go = asyncio.Event()
        gateway.parts.upstreams["social"] = slow  # type: ignore[index]  # a plain dictionary below
        yield gateway, slow
        slow.go.set()


async def test_a_client_has_only_so_much_under_way_and_the_platform_too(
    crowded: tuple[Gateway, Slow],
) -> None:
    gateway, slow = crowded
    await gateway.register("shop", scopes=["social:read"])
    await gateway.register("other", scopes=["social:read"], at_once=1)
    waiting = [asyncio.create_task(gateway.ask("GET", "/v1/topics", who="shop")) for _ in range(3)]

    async def three() -> bool:
        return gateway.app.load.total == 3

    await until(three)
    assert refused(await gateway.ask("GET", "/v1/topics", who="shop"), 429, "too-many-at-once")
    waiting.append(asyncio.create_task(gateway.ask("GET", "/v1/topics", who="other")))

    async def four() -> bool:
        return gateway.app.load.total == 4

    await until(four)
    assert refused(await gateway.ask("GET", "/v1/topics", who="operator"), 503, "overloaded")
    slow.go.set()
    assert [reply.status for reply in await asyncio.gather(*waiting)] == [200] * 4
    assert gateway.app.load.total == 0


async def test_a_deadline_of_the_client_ends_the_work(crowded: tuple[Gateway, Slow]) -> None:
    gateway, _ = crowded
    late = await gateway.ask("GET", "/v1/topics", who="operator", headers={"x-deadline-ms": "20"})
    assert refused(late, 504, "deadline-passed")
    assert gateway.app.load.total == 0
    odd = await gateway.ask("GET", "/v1/topics", who="operator", headers={"x-deadline-ms": "soon"})
    assert refused(odd, 400, "malformed-input")
