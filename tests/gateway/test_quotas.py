"""Quotas hold exactly, whether they are counted singly or taken in leases."""

import pytest

from gateway.quotas import LEASES, Quotas

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
