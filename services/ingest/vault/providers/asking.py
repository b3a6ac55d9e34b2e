"""Asking a key service over HTTP: patient with what passes by itself, plain about what does not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from services.ingest.vault.providers.port import ProviderFailed

TIMEOUT_S = 5.0
WAITS_S = (0.2, 1.0)
"""Pauses before the second and the third try."""


class Question(NamedTuple):
    """One request, as it goes out."""

    url: str
    headers: Mapping[str, str]
    content: bytes


async def ask(
    service: str, question: Callable[[], Awaitable[Question]], passing: Callable[[int, bytes], bool]
) -> dict[str, Any]:
    """The JSON object that the service answers with. `question` is made anew for each try: a signature ages.

    A timeout, a broken connection and an answer that is `passing` are tried again. Raises ProviderFailed, whose
    message holds nothing of what was sent.
    """
    import httpx2

    told = ""
    async with httpx2.AsyncClient(timeout=TIMEOUT_S) as client:
        for wait in (*WAITS_S, None):
            url, headers, content = await question()
            try:
                reply = await client.post(url, headers=dict(headers), content=content)
            except httpx2.TransportError as error:
                told = f"did not answer ({type(error).__name__})"
            else:
                if reply.status_code == 200:
                    return _object(service, reply)
                told = f"answered {reply.status_code}{_kind(reply)}"
                if not passing(reply.status_code, reply.content):
                    break
            if wait is not None:
                await asyncio.sleep(wait)
    raise ProviderFailed(f"{service} {told}.")


def _object(service: str, reply: Any) -> dict[str, Any]:
    try:
        return dict(reply.json())
    except (ValueError, TypeError) as error:
        raise ProviderFailed(f"{service}'s answer cannot be read.") from error


def _kind(reply: Any) -> str:
    """The kind of error that AWS names; others name none that may be repeated."""
    try:
        kind = str(reply.json()["__type"]).rpartition("#")[2]
    except (ValueError, TypeError, KeyError):
        return ""
    return f" {kind}" if kind.isalnum() else ""
