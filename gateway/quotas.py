"""Quotas: how often a client may ask, counted in memory or (several replicas) in a shared store."""

import time
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.storage import storage_from_string


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


class Quotas:
    """One kind of quota: so many requests a window for each key."""

    def __init__(self, url: str, rate: str, name: str) -> None:
        """Raises ValueError for a rate, ConfigurationError for a store, that `limits` does not know."""
        storage = storage_from_string(url)
        if not isinstance(storage, Storage):
            raise ValueError("QUOTA_URL must name an asynchronous store, such as async+memory://.")
        self._limiter = FixedWindowRateLimiter(storage)
        self._item: RateLimitItem = parse(rate)
        self._name = name

    async def take(self, key: str) -> Quota:
        """Use one request of the quota of `key`."""
        allowed = await self._limiter.hit(self._item, self._name, key)
        return await self._quota(key, allowed=allowed)

    async def look(self, key: str) -> Quota:
        """The quota of `key`, none of it used."""
        return await self._quota(key, allowed=await self._limiter.test(self._item, self._name, key))

    async def _quota(self, key: str, *, allowed: bool) -> Quota:
        reset, remaining = await self._limiter.get_window_stats(self._item, self._name, key)
        wait = max(1, int(reset - time.time()) + 1)
        return Quota(allowed, self._item.amount, remaining, wait, self._item.get_expiry())
