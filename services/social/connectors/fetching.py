"""The one way out: reads of public web addresses, bounded, and never into our own network."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx2

from services.social.connectors.errors import AddressRefused, BodyTooLarge, SourceUnreachable

MAX_BODY = 5 * 1024 * 1024
MAX_REDIRECTS = 3
TIMEOUT_S = 15.0
TOTAL_S = 45.0
_SECRET = frozenset({"authorization", "x-goog-api-key"})
"""Headers that are not told to another host."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Answer(NamedTuple):
    """What a server said; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Reads web addresses. `private` lets it reach loopback: for tests and sources on the same machine only."""

    private: bool = False

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a GET. Raises AddressRefused, BodyTooLarge, SourceUnreachable."""
        return await self._within("GET", url, headers or {}, None)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to a POST, which follows no redirect. Raises as `get` does."""
        return await self._within("POST", url, headers, body)

    async def _within(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            async with asyncio.timeout(TOTAL_S):
                for _ in range(MAX_REDIRECTS + 1):
                    answer = await self._once(method, url, headers, body)
                    if (
                        method == "POST"
                        or answer.status not in _REDIRECTS
                        or "location" not in answer.headers
                    ):
                        return answer
                    onward = urljoin(url, answer.headers["location"])
                    if urlsplit(onward).netloc != urlsplit(url).netloc:
                        headers = {
                            name: value for name, value in headers.items() if name.lower() not in _SECRET
                        }
                    url = onward
        except TimeoutError as error:
            raise SourceUnreachable from error
        raise AddressRefused

    async def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        target = await self._target(url)
        request = {"host": target.host, "user-agent": "Chandung/0.1", "accept-encoding": "gzip", **headers}
        extensions = {"sni_hostname": target.name}
        try:
            async with (
                httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client,
                client.stream(
                    method, target.url, headers=request, content=body, extensions=extensions
                ) as reply,
            ):
                return Answer(
                    reply.status_code, {k.lower(): v for k, v in reply.headers.items()}, await _bounded(reply)
                )
        except (httpx2.HTTPError, OSError) as error:
            raise SourceUnreachable from error

    async def _target(self, url: str) -> "_Target":
        """Where to connect: the address that the name has now, checked, so that it cannot change in between."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise AddressRefused from error
        name = parts.hostname
        if parts.scheme not in ("https", "http") or not name or parts.username or parts.password:
            raise AddressRefused
        try:
            found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise SourceUnreachable from error
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not addresses or not all(map(self._may_reach, addresses)):
            raise AddressRefused
        chosen = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(f"{parts.scheme}://{chosen}:{port}{path}", parts.netloc, name)

    def _may_reach(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        return (plain.is_global and not plain.is_multicast) or (self.private and plain.is_loopback)


class _Target(NamedTuple):
    url: str
    host: str
    name: str


async def _bounded(reply: httpx2.Response) -> bytes:
    body, began = bytearray(), time.monotonic()
    async for part in reply.aiter_bytes():
        body += part
        if len(body) > MAX_BODY:
            raise BodyTooLarge
        if time.monotonic() - began > TOTAL_S:
            raise SourceUnreachable
    return bytes(body)
