"""A POST to an address that somebody else named: bounded, without redirects, and never into our own network."""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S: Final = 15.0
"""For the whole exchange (Standard Webhooks advises 15 to 30 s)."""

MOST_READ: Final = 64 * 1024
"""Bytes of an answer that are read; only its status counts."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutwardTrouble(Exception):
    """It could not be sent; `code` says why."""

    code: ClassVar[str] = "unreachable"


class AddressRefused(OutwardTrouble):
    """The address is no https address, or leads into a private network."""

    code = "address-refused"


class _Target(NamedTuple):
    url: str
    host: str
    name: str


@dataclass(frozen=True, slots=True)
class Outward:
    """Sends to web addresses. `private` lets it reach loopback, by http too: for receivers on the same machine."""

    private: bool = False

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status that the receiver answers. Raises AddressRefused, OutwardTrouble."""
        import httpx2

        try:
            async with asyncio.timeout(TIMEOUT_S):
                target = await self._target(url)
                told = {"host": target.host, "user-agent": "Chandung/0.1", **headers}
                async with (
                    httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client,
                    client.stream(
                        "POST",
                        target.url,
                        headers=told,
                        content=body,
                        extensions={"sni_hostname": target.name},
                    ) as reply,
                ):
                    read = 0
                    async for part in reply.aiter_raw():
                        read += len(part)
                        if read > MOST_READ:
                            break
                    return reply.status_code
        except (httpx2.HTTPError, OSError) as error:  # a timeout is an OSError
            raise OutwardTrouble from error

    def mind(self, url: str) -> None:
        """Raises AddressRefused where the address can never be sent to, whatever its name leads to."""
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError as error:
            raise AddressRefused from error
        schemes = ("https", "http") if self.private else ("https",)
        if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
            raise AddressRefused

    async def _target(self, url: str) -> _Target:
        """Where to connect: the address that the name has now, checked, so that it cannot change in between."""
        self.mind(url)
        parts = urlsplit(url)
        name = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:
            raise AddressRefused from error
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not addresses or not all(map(self._may_reach, addresses)):
            raise AddressRefused
        chosen = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(f"{parts.scheme}://{chosen}:{port}{path}", parts.netloc, name)

    def _may_reach(self, address: Address) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        return (plain.is_global and not plain.is_multicast) or (self.private and plain.is_loopback)
