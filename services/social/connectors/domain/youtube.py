"""YouTube Data API v3: comment threads."""

from collections.abc import Mapping
from typing import Any

from services.social.connectors.domain.items import dicts, mention, within

_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded"})


def read_threads(body: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """The comments of an answer, and the token of the next page. Authors are not even read: never tied to a person."""
    found = []
    for item in dicts(body.get("items")):
        top = within(item, "snippet", "topLevelComment")
        for comment in (*dicts([top]), *dicts(within(item, "replies", "comments"))):
            snippet = within(comment, "snippet") or {}
            video = snippet.get("videoId") or within(item, "snippet", "videoId")
            url = f"https://www.youtube.com/watch?v={video}" if video else None
            likes = snippet.get("likeCount")
            more = {"metrics": {"likes": likes}} if isinstance(likes, int) else {}
            text = snippet.get("textOriginal") or snippet.get("textDisplay")
            found.append(
                mention("youtube", comment.get("id"), text, snippet.get("publishedAt"), url=url, **more)
            )
    return found, body.get("nextPageToken")


def is_quota(body: Any) -> bool:
    """Whether an error says that the day's units are used up."""
    return any(one.get("reason") in _QUOTA for one in dicts(within(body, "error", "errors")))


def is_closed(body: Any) -> bool:
    """Whether an error says that comments are switched off."""
    return any(one.get("reason") == "commentsDisabled" for one in dicts(within(body, "error", "errors")))
