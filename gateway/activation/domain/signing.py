"""Signatures of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 over id, time and body."""

import base64
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def new_webhook_secret() -> str:
    """A random secret of 256 bits, as the specification writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(keys: Sequence[str], message_id: str, now_s: int, body: bytes) -> dict[str, str]:
    """The headers of a call, signed with each of `keys`: while one replaces another both hold."""
    content = f"{message_id}.{now_s}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.digest(_key(key), content, "sha256")).decode() for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now_s),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
