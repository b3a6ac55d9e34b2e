"""Reading a source once: from its state and secrets to mentions and the next state."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from services.social.connectors.domain import feeds, meta, youtube
from services.social.connectors.errors import AccessDenied, AnswerUnreadable, QuotaReached, SourceUnreachable
from services.social.connectors.fetching import Answer, Fetcher

MAX_PAGES = 20
"""Pages read in one turn; the next turn goes on."""
OVERLAP_S = 3 * 86_400
"""How far behind the newest mention known is read again: comments are edited and answered later."""

Texts = Mapping[str, str]


class Read(NamedTuple):
    """What was read, and the state to go on from."""

    mentions: list[dict[str, Any]]
    state: dict[str, str]


Poll = Callable[[Fetcher, Texts, Texts, Texts], Awaitable[Read]]
"""(fetcher, options, secrets, state) to what was read. Raises SourceTrouble."""


async def poll_rss(fetcher: Fetcher, options: Texts, _secrets: Texts, state: Texts) -> Read:
    """A feed, asked for only where it changed (ETag, Last-Modified)."""
    known = {"if-none-match": state.get("etag", ""), "if-modified-since": state.get("modified", "")}
    reply = await fetcher.get(options["url"], {name: value for name, value in known.items() if value})
    if reply.status == 304:
        return Read([], dict(state))
    _mind_status(reply)
    platform, kind = options.get("platform", "news"), reply.headers.get("content-type", "")
    found = await asyncio.to_thread(feeds.read_feed, reply.body, kind, platform, datetime.now(UTC))
    if found is None:
        raise AnswerUnreadable
    fresh = {"etag": reply.headers.get("etag", ""), "modified": reply.headers.get("last-modified", "")}
    return Read(found, {name: value for name, value in fresh.items() if value})


async def poll_youtube(fetcher: Fetcher, options: Texts, secrets: Texts, state: Texts) -> Read:
    """Comment threads of a channel or video, newest first, until those already known. One unit a page."""
    of = (
        {"videoId": options["video"]}
        if "video" in options
        else {"allThreadsRelatedToChannelId": options["channel"]}
    )
    query = {"part": "snippet,replies", "maxResults": "100", "order": "time", **of}
    base, token = options["base_url"], state.get("page")
    found: list[dict[str, Any]] = []
    for _ in range(MAX_PAGES):
        page = {"pageToken": token} if token else {}
        reply = await fetcher.get(
            f"{base}/commentThreads?{urlencode({**query, **page})}", {"x-goog-api-key": secrets["api_key"]}
        )
        if reply.status in (403, 429):
            _refuse_youtube(reply)
        _mind_status(reply)
        some, token = youtube.read_threads(_json(reply))
        found += some
        if not token or _all_known(some, state):
            token = None
            break
    return Read(found, _moved(state, found, token))


async def poll_meta(fetcher: Fetcher, options: Texts, secrets: Texts, state: Texts) -> Read:
    """Posts and comments of a page (`page`) or an Instagram account (`instagram`) by the Graph API."""
    base, owner = options["base_url"], options.get("page") or options["instagram"]
    edge, fields = ("feed", meta.FIELDS) if "page" in options else ("media", meta.MEDIA_FIELDS)
    start = f"{base}/{owner}/{edge}?{urlencode({'fields': fields, 'limit': '50'})}"
    url: str | None = state.get("page") or start
    found: list[dict[str, Any]] = []
    for _ in range(MAX_PAGES):
        if url is None or not url.startswith(base + "/"):
            url = None
            break
        reply = await fetcher.get(url, {"authorization": f"Bearer {secrets['access_token']}"})
        if reply.status in (400, 403, 429) and meta.is_quota(_json(reply)):
            raise QuotaReached(3_600)
        _mind_status(reply)
        some, following = meta.read_page(_json(reply))
        url = _untold(following)
        found += some
        if _all_known(some, state):
            url = None
            break
    return Read(found, _moved(state, found, url))


POLLS: Final[dict[str, Poll]] = {"rss": poll_rss, "youtube": poll_youtube, "meta": poll_meta}


def _untold(url: str | None) -> str | None:
    """The next page's address without the access token that the platform writes into it."""
    if url is None:
        return None
    head, _, query = url.partition("?")
    kept = [part for part in query.split("&") if not part.startswith("access_token=")]
    return f"{head}?{'&'.join(kept)}"


def _moved(state: Texts, found: list[dict[str, Any]], page: str | None) -> dict[str, str]:
    """The next state: the newest mention seen, and the page to go on with where there are more."""
    newest = max([state.get("newest", ""), *(one["published_at"] for one in found)])
    return ({"newest": newest} if newest else {}) | ({"page": page} if page else {})


def _all_known(found: list[dict[str, Any]], state: Texts) -> bool:
    """Whether a page lies wholly behind what is read again."""
    if "newest" not in state or not found:
        return not found
    bound = _second(state["newest"]) - OVERLAP_S
    return all(_second(one["published_at"]) < bound for one in found)


def _second(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return time.time()


def _mind_status(reply: Answer) -> None:
    if reply.status == 429:
        after = reply.headers.get("retry-after", "")
        raise QuotaReached(min(86_400.0, float(after)) if after.isdigit() else None)
    if reply.status in (401, 403, 400, 404, 410):
        raise AccessDenied
    if reply.status != 200:
        raise SourceUnreachable


def _refuse_youtube(reply: Answer) -> None:
    body = _json(reply)
    if youtube.is_quota(body):
        raise QuotaReached(_until_pacific_midnight())
    if reply.status == 403 and not youtube.is_closed(body):
        raise AccessDenied


def _until_pacific_midnight() -> float:
    """Seconds until the day's units are given out anew."""
    now = datetime.now(ZoneInfo("America/Los_Angeles"))
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - now).total_seconds()


def _json(reply: Answer) -> dict[str, Any]:
    try:
        return msgspec.json.decode(reply.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        if reply.status >= 500:
            raise SourceUnreachable from error
        raise AnswerUnreadable from error
