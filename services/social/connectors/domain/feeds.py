"""RSS and Atom feeds."""

import calendar
import hashlib
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

from services.social.connectors.domain.items import mention

_TAG = re.compile(r"<[^>]{0,2000}>")
MAX_ENTRIES = 1_000


def read_feed(body: bytes, content_type: str, platform: str, now: datetime) -> list[dict[str, Any]] | None:
    """The entries of a feed; None where it is none. The id is the entry's (hashed where it is no plain text)."""
    import feedparser

    found = feedparser.parse(body, response_headers={"content-type": content_type or "application/xml"})
    if not found.get("version") and not found.entries:
        return None
    return [_entry(entry, platform, now) for entry in found.entries[:MAX_ENTRIES]]


def _entry(entry: Any, platform: str, now: datetime) -> dict[str, Any]:
    known = entry.get("id") or entry.get("link") or f"{entry.get('title')} {entry.get('published')}"
    native_id = hashlib.sha256(known.encode()).hexdigest()[:32]
    text = "\n".join(filter(None, (_plain(entry.get("title", "")), _plain(entry.get("summary", "")))))
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else now
    link = entry.get("link")
    return mention(
        platform, native_id, text, min(moment, now).isoformat(), handle=entry.get("author"), url=link
    )


def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", html)).split())
