"""Facebook pages and Instagram: webhook calls and Graph answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.social.connectors.domain.items import Gone, Told, dicts, mention, within

FIELDS = "id,message,from,created_time,permalink_url,comments.limit(100){id,message,from,created_time,permalink_url}"
MEDIA_FIELDS = "id,permalink,comments.limit(100){id,text,username,timestamp}"
_TOO_MANY = frozenset({4, 17, 32, 613, 80001, 80002})


def read_call(body: Mapping[str, Any]) -> Told:
    """A webhook call. Instagram's changes come in `changes` or directly in the entry: both are taken."""
    platform = "instagram" if body.get("object") == "instagram" else "facebook"
    mentions, gone = [], []
    for entry in dicts(body.get("entry")):
        for change in (*dicts(entry.get("changes")), *((entry,) if "field" in entry else ())):
            value = change.get("value")
            if not isinstance(value, dict):
                continue
            found = _comment(platform, value, entry) if platform == "instagram" else _feed(value)
            if isinstance(found, Gone):
                gone.append(found)
            elif found:
                mentions.append(found)
    return Told(mentions, gone)


def _feed(value: dict[str, Any]) -> dict[str, Any] | Gone | None:
    if value.get("item") not in ("comment", "post", "status"):
        return None
    native_id = value.get("comment_id") or value.get("post_id")
    if value.get("verb") == "remove":
        return Gone("facebook", str(native_id))
    if value.get("verb") not in ("add", "edit", "edited"):
        return None
    handle = within(value, "from", "id")
    return mention("facebook", native_id, value.get("message"), value.get("created_time"), handle=handle)


def _comment(platform: str, value: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any] | None:
    if not value.get("text"):
        return None
    handle = within(value, "from", "id") or within(value, "from", "username")
    moment = value.get("timestamp") or entry.get("time")
    return mention(
        platform, value.get("id") or value.get("comment_id"), value.get("text"), moment, handle=handle
    )


def read_page(body: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """The posts with their comments of a Graph answer, and the address of the next page."""
    return list(_posted(body)), within(body, "paging", "next")


def _posted(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for post in dicts(body.get("data")):
        if post.get("message"):
            yield _graph(post)
        for comment in dicts(within(post, "comments", "data")):
            if comment.get("text"):
                handle, moment = comment.get("username"), comment.get("timestamp")
                yield mention(
                    "instagram",
                    comment.get("id"),
                    comment["text"],
                    moment,
                    handle=handle,
                    url=post.get("permalink"),
                )
            elif comment.get("message"):
                yield _graph(comment)


def _graph(value: dict[str, Any]) -> dict[str, Any]:
    handle, moment = within(value, "from", "id"), value.get("created_time")
    return mention(
        "facebook",
        value.get("id"),
        value.get("message"),
        moment,
        handle=handle,
        url=value.get("permalink_url"),
    )


def is_quota(body: Any) -> bool:
    """Whether an error of the Graph API says that too much was asked."""
    return within(body, "error", "code") in _TOO_MANY
