"""The way to a running gateway: credentials, a token that renews itself, patience with a busy server."""

import asyncio
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2

TRIES = 6


class GatewayRefused(Exception):
    """The gateway answered with an error that waiting does not mend: its status, what it says and the problem's type."""

    def __init__(self, response: httpx2.Response) -> None:
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        told = problem if isinstance(problem, dict) else {}
        self.status = response.status_code
        self.type = str(told.get("type", "about:blank"))
        where = f"{response.request.method} {response.request.url.path}"
        rules = "; ".join(f"{one['pointer']}: {one['detail']}" for one in told.get("errors", []))
        reason = rules or told.get("detail") or told.get("title", "")
        super().__init__(f"{where}: {self.status} {reason} ({self.type})")


class ClientCredentials(httpx2.Auth):
    """Bearer tokens of `POST /oauth/token`, fetched when first needed and again when one has expired (401)."""

    requires_response_body = True

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._basic = httpx2.BasicAuth(client_id, client_secret)
        self._token: str | None = None

    def _ask(self, request: httpx2.Request) -> httpx2.Request:
        ask = httpx2.Request(
            "POST", request.url.join("/oauth/token"), data={"grant_type": "client_credentials"}
        )
        return next(self._basic.auth_flow(ask))

    def _renew(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        answer = yield self._ask(request)
        if answer.status_code != 200:
            raise GatewayRefused(answer)
        self._token = answer.json()["access_token"]

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request with a token; once more with a new one if the first was no longer good."""
        if self._token is None:
            yield from self._renew(request)
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401:
            yield from self._renew(request)
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request


def read_credentials(data_dir: Path) -> dict[str, Any]:
    """`credentials.json` of the first start. FileNotFoundError before that."""
    credentials: dict[str, Any] = json.loads((data_dir / "credentials.json").read_text("utf-8"))
    return credentials


def open_client(
    credentials: dict[str, Any],
    *,
    role: str = "operator",
    base_url: str | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> httpx2.AsyncClient:
    """A client of the gateway as one of the first clients; to be used with `async with`.

    `transport` puts another way in place of the network, such as the embedded gateway's own ASGI app.
    """
    client = credentials[role]
    return httpx2.AsyncClient(
        auth=ClientCredentials(client["client_id"], client["client_secret"]),
        base_url=base_url or credentials["base_url"],
        transport=transport,
        timeout=httpx2.Timeout(60.0, connect=10.0),
        trust_env=False,  # the gateway is next door: no proxy of the machine's owner in between
    )


def _pause(response: httpx2.Response | None, attempt: int) -> float:
    """Seconds to wait: what the server asks for, at most 60, else 0.2, 0.4, 0.8, ..."""
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(asked), 60.0) if asked.isdigit() else 0.2 * 2**attempt


async def call(client: httpx2.AsyncClient, method: str, path: str, **request: Any) -> httpx2.Response:
    """The answer to a request that is safe to repeat: busy (429, 503) or broken connections are tried TRIES times.

    Raises GatewayRefused for any other status from 400, the transport's error when the last try breaks.
    """
    for attempt in range(TRIES):
        last = attempt == TRIES - 1
        response: httpx2.Response | None = None
        try:
            response = await client.request(method, path, **request)
        except httpx2.TransportError:
            if last:
                raise
        if response is not None and (response.status_code not in (429, 503) or last):
            if response.status_code >= 400:
                raise GatewayRefused(response)
            return response
        await asyncio.sleep(_pause(response, attempt))
    raise AssertionError("unreachable: the last try returns or raises")
