"""Who signed a delivery? Each provider's scheme as data: header, digest and writing. Compared in constant time.

Sources: Meta's Webhooks guide (X-Hub-Signature-256, "sha256=" and hex), Haravan's and Sapo's webhook guides (base64 of
HMAC-SHA-256 under the app's secret), KiotViet's Public API 2.11 (X-Hub-Signature, HMAC-SHA-256 under the base64 secret
given when the webhook was registered; clients in the field see it in hex, with and without "sha256="), and Standard
Webhooks 1.0. Haravan and Sapo were compared with public clients that run against them: headers, raw body and base64 agree.
"""

import binascii
import hmac
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

MAX_SKEW_S = 300
"""How far the time in a signature may lie from ours (Standard Webhooks recommends five minutes)."""

SHORTEST_KEY = 8
"""Bytes that a secret must decode to before they are taken for a key."""

_MOST_SIGNATURES = 8


def _as_text(secret: str) -> tuple[bytes, ...]:
    return (secret.encode(),)


class Scheme(NamedTuple):
    """A signature over the body alone: in which headers it may stand, and how it is written."""

    headers: tuple[str, ...]
    decode: Callable[[str], bytes]
    prefix: str = ""
    keys: Callable[[str], tuple[bytes, ...]] = _as_text
    """A secret as the keys that it may stand for."""


def _hex(text: str) -> bytes:
    return bytes.fromhex(text)


def _base64(text: str) -> bytes:
    return b64decode(text, validate=True)


def _as_registered(secret: str) -> tuple[bytes, ...]:
    """KiotViet asks for a secret in base64; its shops are seen to sign with that text, and with what it decodes to."""
    decoded = _decoded(secret, _base64)
    return (secret.encode(), decoded) if len(decoded) >= SHORTEST_KEY else (secret.encode(),)


SCHEMES: Final[Mapping[str, Scheme]] = {
    "meta": Scheme(("x-hub-signature-256",), _hex, "sha256="),
    "kiotviet": Scheme(("x-hub-signature",), _hex, "sha256=", _as_registered),
    "haravan": Scheme(("x-haravan-hmacsha256", "x-haravan-hmac-sha256"), _base64),
    "sapo": Scheme(("x-sapo-hmac-sha256", "x-bizweb-hmac-sha256"), _base64),
}
"""By type of hook; the type `standard` signs more than the body."""


def is_signed(kind: str, headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """Whether `body` was signed with `secret` as hooks of `kind` sign, at a time near `now` where one is signed.

    `headers` have lower-case names. Never raises, whatever was sent.
    """
    if kind == "standard":
        return _is_standard(headers, body, secret, now)
    scheme = SCHEMES[kind]
    given = next((headers[name] for name in scheme.headers if name in headers), "")
    found = _decoded(given.strip().removeprefix(scheme.prefix), scheme.decode)
    matches = False
    for key in scheme.keys(secret):  # all are compared, so that the time tells nothing
        matches |= hmac.compare_digest(hmac.digest(key, body, "sha256"), found)
    return matches


def _is_standard(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """Standard Webhooks: base64 of the HMAC over "id.timestamp.body"; several signatures while a secret changes."""
    key, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not key or not moment.isascii() or not moment.isdigit() or len(moment) > 12:
        return False
    if abs(now - int(moment)) > MAX_SKEW_S:
        return False
    signed = f"{key}.{moment}.".encode("utf-8", "surrogatepass") + body
    expected = hmac.digest(standard_key(secret), signed, "sha256")
    matches = False
    for one in headers.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]:
        version, _, text = one.partition(",")
        if version == "v1":  # all are compared, so that the time tells nothing
            matches |= hmac.compare_digest(expected, _decoded(text, _base64))
    return matches


def standard_key(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret: base64 after "whsec_"; any other secret is taken as it is."""
    if secret.startswith("whsec_"):
        return _decoded(secret.removeprefix("whsec_"), _base64) or secret.encode()
    return secret.encode()


def is_same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _decoded(text: str, decode: Callable[[str], bytes]) -> bytes:
    try:
        return decode(text)
    except (binascii.Error, ValueError):
        return b""
