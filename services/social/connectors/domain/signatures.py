"""Signatures over raw bytes: each as its platform documents it. All comparisons take the same time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

TOLERANCE_S = 300
"""A signed time further away than this is a replay."""


def meta_signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """`X-Hub-Signature-256: sha256=HMAC(app secret, body)`."""
    return same("sha256=" + _hex(secret.encode(), body), headers.get("x-hub-signature-256", ""))


def tiktok_signed(body: bytes, headers: Mapping[str, str], secret: str, now_s: float) -> bool:
    """`TikTok-Signature: t=...,s=HMAC(client secret, t + "." + body)`, and `t` is recent."""
    parts = dict(part.partition("=")[::2] for part in headers.get("tiktok-signature", "").split(","))
    moment, signature = parts.get("t", ""), parts.get("s", "")
    good = same(_hex(secret.encode(), moment.encode() + b"." + body), signature)
    return good and _recent(moment, now_s)


def zalo_signed(body: bytes, headers: Mapping[str, str], app_id: str, secret: str, now_s: float) -> bool:
    """`X-ZEvent-Signature: mac=sha256(app id + body + timestamp + OA secret)`; the (recent) timestamp is the body's."""
    moment = _timestamp(body)
    digest = hashlib.sha256(app_id.encode() + body + moment.encode() + secret.encode()).hexdigest()
    given = headers.get("x-zevent-signature", "")
    return same(digest, given.removeprefix("mac=").strip()) and _recent(moment, now_s, per_second=1_000)


def standard_signed(body: bytes, headers: Mapping[str, str], secret: str, now_s: float) -> bool:
    """Standard Webhooks: `webhook-signature: v1,BASE64(HMAC(secret, id.timestamp.body))`, several by spaces."""
    moment = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id', '')}.{moment}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(standard_key(secret), signed, "sha256")).decode()
    given = headers.get("webhook-signature", "").split()
    return any(same(expected, one) for one in given) and _recent(moment, now_s)


def standard_headers(secret: str, message_id: str, now_s: int, body: bytes) -> dict[str, str]:
    """The headers of a call that is signed by Standard Webhooks."""
    digest = hmac.digest(standard_key(secret), f"{message_id}.{now_s}.".encode() + body, "sha256")
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(now_s), "webhook-signature": signature}


def standard_key(secret: str) -> bytes:
    """The key in a Standard Webhooks secret: `whsec_` and base64, else the secret itself."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def signed_request(text: str, secret: str) -> str | None:
    """The `user_id` in Meta's `signed_request` (signature.payload, base64url); None where it does not hold."""
    signature, _, payload = text.partition(".")
    try:
        given, data = _decoded(signature), msgspec.json.decode(_decoded(payload), type=dict[str, Any])
    except (ValueError, msgspec.DecodeError):
        return None
    good = hmac.compare_digest(hmac.digest(secret.encode(), payload.encode(), "sha256"), given)
    user = data.get("user_id")
    return (
        str(user) if good and data.get("algorithm") == "HMAC-SHA256" and isinstance(user, str | int) else None
    )


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hex(key: bytes, body: bytes) -> str:
    return hmac.digest(key, body, "sha256").hex()


def same(expected: str, given: str) -> bool:
    """Whether two texts are equal, in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))


def _recent(moment: str, now_s: float, per_second: int = 1) -> bool:
    return (
        moment.isascii()
        and moment.isdigit()
        and len(moment) < 16
        and abs(int(moment) / per_second - now_s) <= TOLERANCE_S
    )


class _Stamped(msgspec.Struct):
    timestamp: str | int = ""


def _timestamp(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body, type=_Stamped).timestamp)
    except msgspec.DecodeError:
        return ""
