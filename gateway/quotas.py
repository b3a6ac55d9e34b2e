"""Quotas: how often a client may ask, counted in memory or (several replicas) in a shared store."""

import time
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.storage import storage_from_string

LEASES = 1_000
"""A quota is taken from the store in about so many parts: one of fewer requests than this is counted singly."""

LEASE_S = 1.0
"""What was taken and not used within this time is given up, in seconds."""

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

    __slots__ = ("headers", "left", "quota", "until")

    def __init__(self, quota: Quota, left: int, until: float) -> None:
        self.quota, self.left, self.until = quota, left, until
        self.headers = quota.headers()


class Quotas:
    """One kind of quota: so many requests a window for each key.

    Large quotas are taken in leases, so that a request costs a dictionary look-up; what headers say is then up to a
    second and a lease old, and a client is never allowed more than its quota.
    """

    def __init__(self, url: str, rate: str, name: str) -> None:
        """Raises ValueError for a rate, ConfigurationError for a store, that `limits` does not know."""
        storage = storage_from_string(url)
        if not isinstance(storage, Storage):
            raise ValueError("QUOTA_URL must name an asynchronous store, such as async+memory://.")
        self._limiter = FixedWindowRateLimiter(storage)
        self._item: RateLimitItem = parse(rate)
        self._part = max(1, self._item.amount // LEASES)
        self._name = name
        self._leases: dict[str, _Lease] = {}

    async def take(self, key: str) -> tuple[Quota, list[tuple[bytes, bytes]]]:
        """Use one request of the quota of `key`; the quota, and the headers that tell it."""
        lease = self._leases.get(key)
        if lease is None or lease.left <= 0 or lease.until <= time.monotonic():
            if len(self._leases) >= _KEYS:
                self._leases.clear()  # what they still held is given up
            lease = self._leases[key] = await self._lease(key)
        lease.left -= 1
        return lease.quota, lease.headers

    async def look(self, key: str) -> Quota:
        """The quota of `key`, none of it used."""
        return await self._quota(key, allowed=await self._limiter.test(self._item, self._name, key))

    async def _lease(self, key: str) -> _Lease:
        for part in dict.fromkeys((self._part, 1)):
            if await self._limiter.hit(self._item, self._name, key, cost=part):
                quota = await self._quota(key, allowed=True)
                return _Lease(quota, part, time.monotonic() + min(LEASE_S, quota.reset_s))
        return _Lease(await self._quota(key, allowed=False), 1, 0.0)

    async def _quota(self, key: str, *, allowed: bool) -> Quota:
        reset, remaining = await self._limiter.get_window_stats(self._item, self._name, key)
        wait = max(1, int(reset - time.time()) + 1)
        return Quota(allowed, self._item.amount, remaining, wait, self._item.get_expiry())
