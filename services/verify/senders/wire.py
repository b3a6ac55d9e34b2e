"""Asking a carrier over HTTP: what is certain to have failed, and what is not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from services.verify.senders.port import NotSent, Unclear

PATIENCE_S: Final = 8.0
"""Longest wait for a carrier's answer: a person stands at the other end."""

if TYPE_CHECKING:
    import httpx2


async def ask(
    client: "httpx2.AsyncClient",
    method: str,
    url: str,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """The carrier's JSON object.

    Raises NotSent where the request cannot have been taken (no connection, or refused with 4xx), Unclear where it
    may have been (no answer in time, 5xx, an answer that is no JSON object).
    """
    import httpx2

    sent = dict(headers or {})
    if content is not None:
        sent.setdefault("content-type", "application/json")
    try:
        reply = await client.request(
            method, url, content=content, headers=sent, auth=auth or httpx2.USE_CLIENT_DEFAULT
        )
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise NotSent("unreachable") from error
    except httpx2.HTTPError as error:
        raise Unclear(type(error).__name__) from error
    if 400 <= reply.status_code < 500:
        raise NotSent(f"http-{reply.status_code}")
    if reply.status_code != 200 and reply.status_code // 100 != 2:
        raise Unclear(f"http-{reply.status_code}")
    try:
        answer: dict[str, Any] = msgspec.json.decode(reply.content or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unclear("unreadable") from error
    return answer
