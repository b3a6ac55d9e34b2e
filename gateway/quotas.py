"""Quotas: how often a client may ask, counted in memory or (several replicas) in a shared store."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, TypeVar

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from kernel.errors import Unavailable

T = TypeVar("T")

LEASES = 1_000
"""A quota is taken from the store in about so many parts: one of fewer requests than this is counted singly."""

LEASE_S = 1.0
"""What was taken and not used within this time is given up, in seconds."""

STORE_PATIENCE_S = 0.5
"""How long a shared store may take for an answer."""

STORE_REST_S = 5.0
"""How long one that did not answer is left alone."""

_KEYS = 10_000


class Quota(NamedTuple):
    """What is left of a quota, and in how many seconds it is full again."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int
    window_s: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The RateLimit headers, in the drafts' present form and in the one that clients know."""
        return [
            (b"ratelimit-policy", b'"default";q=%d;w=%d' % (self.limit, self.window_s)),
            (b"ratelimit", b'"default";r=%d;t=%d' % (self.remaining, self.reset_s)),
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset_s),
        ]


class _Lease:
    """Requests taken from the store at once, to be used without asking it again."""

    __slots__ = ("headers", "left", "quota", "rate", "until")

    def __init__(self, quota: Quota, rate: str | None, left: int, until: float) -> None:
        self.quota, self.rate, self.left, self.until = quota, rate, left, until
        self.headers = quota.headers()


class Quotas:
    """One kind of quota: so many requests a window for each key.

    Large quotas are taken in leases, so that a request costs a dictionary look-up; what headers say is then up to a
    second and a lease old, and a client is never allowed more than its quota. While a shared store does not answer,
    it is counted here (`when_down` local) or Unavailable is raised (refuse).
    """

    def __init__(self, url: str, rate: str, name: str, *, when_down: str = "local") -> None:
        """Raises ValueError for a rate, ConfigurationError for a store, that `limits` does not know."""
        self._storage = _storage(url)
        self._shared = FixedWindowRateLimiter(self._storage)
        self._local = FixedWindowRateLimiter(_storage("async+memory://"))
        self._rate, self._name, self._when_down = rate, name, when_down
        self._rates: dict[str, RateLimitItem] = {rate: parse(rate)}
        self._leases: dict[str, _Lease] = {}
        self._down_until = 0.0

    async def take(self, key: str, rate: str | None = None) -> tuple[Quota, list[tuple[bytes, bytes]]]:
        """Use one request of the quota of `key` (of `rate`, where it has its own); the quota, and the headers that
        tell it."""
        lease = self._leases.get(key)
        if lease is None or lease.left <= 0 or lease.until <= time.monotonic() or lease.rate != rate:
            if len(self._leases) >= _KEYS:
                self._leases.clear()  # what they still held is given up
            lease = self._leases[key] = await self._counted(partial(self._lease, key, rate))
        lease.left -= 1
        return lease.quota, lease.headers

    async def look(self, key: str) -> Quota:
        """The quota of `key`, none of it used."""
        return await self._counted(partial(self._look, key))

    async def close(self) -> None:
        """Close what connects to a shared store; nothing may be counted after."""
        bridge = getattr(self._storage, "bridge", None)
        if bridge is not None:
            await bridge.storage.aclose()

    async def _counted(self, count: Callable[[FixedWindowRateLimiter], Awaitable[T]]) -> T:
        """`count` on the shared store, or while that does not answer on our own."""
        if self._down_until <= time.monotonic():
            try:
                async with asyncio.timeout(STORE_PATIENCE_S):
                    return await count(self._shared)
            except (StorageError, OSError) as error:  # a timeout is an OSError
                self._down_until = time.monotonic() + STORE_REST_S
                structlog.get_logger().warning("quota store does not answer", error=type(error).__name__)
        if self._when_down == "refuse":
            raise Unavailable("Quotas cannot be counted now.", headers={"Retry-After": "5"})
        return await count(self._local)

    async def _lease(self, key: str, rate: str | None, limiter: FixedWindowRateLimiter) -> _Lease:
        item = self._item(rate)
        for part in dict.fromkeys((max(1, item.amount // LEASES), 1)):
            if await limiter.hit(item, self._name, key, cost=part):
                quota = await self._quota(limiter, item, key, allowed=True)
                return _Lease(quota, rate, part, time.monotonic() + min(LEASE_S, quota.reset_s))
        return _Lease(await self._quota(limiter, item, key, allowed=False), rate, 1, 0.0)

    async def _look(self, key: str, limiter: FixedWindowRateLimiter) -> Quota:
        item = self._item(None)
        return await self._quota(limiter, item, key, allowed=await limiter.test(item, self._name, key))

    def _item(self, rate: str | None) -> RateLimitItem:
        wanted = rate or self._rate
        if wanted not in self._rates:
            self._rates[wanted] = parse(wanted)
        return self._rates[wanted]

    async def _quota(
        self, limiter: FixedWindowRateLimiter, item: RateLimitItem, key: str, *, allowed: bool
    ) -> Quota:
        reset, remaining = await limiter.get_window_stats(item, self._name, key)
        wait = max(1, int(reset - time.time()) + 1)
        return Quota(allowed, item.amount, remaining, wait, item.get_expiry())


def _storage(url: str) -> Storage:
    options = {"implementation": "redispy"} if "redis" in url.partition(":")[0] else {}
    storage = storage_from_string(url, wrap_exceptions=True, **options)
    if not isinstance(storage, Storage):
        raise ValueError("QUOTA_URL must name an asynchronous store, such as async+memory://.")
    return storage
