"""What Zalo, TikTok and own systems send by webhook."""

from collections.abc import Mapping
from typing import Any

from services.social.connectors.domain.items import Gone, Told, dicts, mention, within

_ZALO_TEXTS = frozenset(
    {"user_send_text", "user_submit_info", "user_feedback", "user_send_link", "user_reply_consent"}
)


def read_zalo(body: Mapping[str, Any]) -> Told:
    """A call of a Zalo Official Account. Ids exceed 53 bits: they come and stay as texts."""
    text = within(body, "message", "text")
    if body.get("event_name") not in _ZALO_TEXTS or not isinstance(text, str):
        return Told()
    sender = within(body, "sender", "id") or body.get("user_id_by_app")
    return Told(
        [mention("zalo", within(body, "message", "msg_id"), text, body.get("timestamp"), handle=sender)]
    )


def read_tiktok(body: Mapping[str, Any]) -> Told:
    """A call of TikTok: it has no comment event (comments come by import), but tells when access was withdrawn."""
    return Told(ended=body.get("event") == "authorization.removed")


def read_own(body: Mapping[str, Any]) -> Told:
    """A call in our own outline: `{"mentions": [...], "removed": [{"platform", "id"}]}`."""
    removed = dicts(body.get("removed"))
    return Told(
        list(dicts(body.get("mentions"))),
        [Gone(str(one.get("platform")), str(one.get("id"))) for one in removed],
    )
