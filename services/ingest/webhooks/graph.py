"""The Graph API, as far as leads need it: one lead, and a form's leads page by page. Only the configured address."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from services.ingest.webhooks.domain.leads import FIELDS

if TYPE_CHECKING:
    import httpx2

PAGE: Final = 50
TIMEOUT_S: Final = 20.0

_RATE_LIMITED: Final = frozenset({4, 17, 32, 341, 613, 80005})
"""Error codes of used-up limits (Graph API, Rate Limits; 80005 is lead generation's own)."""
_NOT_VISIBLE: Final = (100, 33)
"""Code and subcode of an object that does not exist, or that the token may not see yet."""


class GraphTrouble(Exception):
    """The Graph API did not give what was asked for, now: `reason` in one word of ours, `wait_s` where it says when."""

    def __init__(self, reason: str, *, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait_s = reason, wait_s


@dataclass(slots=True)
class Graph:
    """A client of the Graph API at `url`, with one access token (of a page, or of a system user)."""

    url: str
    token: str
    _client: "httpx2.AsyncClient | None" = field(default=None)

    async def lead(self, key: str, secret: str) -> dict[str, Any]:
        """One lead. Raises GraphTrouble."""
        return await self._get(f"/{key}", {"fields": FIELDS}, secret)

    async def leads(
        self, form: str, after: str | None, since: int | None, secret: str
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of a form's leads created after `since`, and where the next one begins. Raises GraphTrouble."""
        asked: dict[str, str] = {"fields": FIELDS, "limit": str(PAGE)}
        if after:
            asked["after"] = after
        if since:
            wanted = [{"field": "time_created", "operator": "GREATER_THAN", "value": since}]
            asked["filtering"] = msgspec.json.encode(wanted).decode()
        answer = await self._get(f"/{form}/leads", asked, secret)
        paging = answer.get("paging") or {}
        more = (paging.get("cursors") or {}).get("after") if paging.get("next") else None
        return [one for one in answer.get("data") or () if isinstance(one, dict)], more

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _get(self, path: str, asked: Mapping[str, str], secret: str) -> dict[str, Any]:
        import httpx2

        if not self.token:
            raise GraphTrouble("no-token")
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)
        proof = hmac.digest(secret.encode(), self.token.encode(), "sha256").hex()
        try:
            reply = await self._client.get(
                self.url.rstrip("/") + path,
                params={**asked, "appsecret_proof": proof},
                headers={"authorization": f"Bearer {self.token}"},
            )
            answer = msgspec.json.decode(reply.content) if reply.content else None
        except httpx2.HTTPError as error:
            raise GraphTrouble(f"unreachable-{type(error).__name__}"[:64]) from None
        except msgspec.DecodeError:
            raise GraphTrouble(f"http-{reply.status_code}") from None
        if reply.status_code == 200 and isinstance(answer, dict) and "error" not in answer:
            return answer
        raise _trouble(reply.status_code, reply.headers.get("retry-after"), answer)


def _trouble(status: int, retry_after: str | None, answer: Any) -> GraphTrouble:
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(code, int):
        return GraphTrouble(f"http-{status}", wait_s=_seconds(retry_after))
    if (code, error.get("error_subcode")) == _NOT_VISIBLE:
        return GraphTrouble("not-visible", wait_s=600.0)
    if code in _RATE_LIMITED or status == 429:
        return GraphTrouble("rate-limited", wait_s=_seconds(retry_after) or 300.0)
    return GraphTrouble(f"graph-{code}", wait_s=_seconds(retry_after))


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None
