"""A call of a platform: is it signed, and what does it say?"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.social.connectors.domain.items import Told
from services.social.connectors.domain.messages import read_own, read_tiktok, read_zalo
from services.social.connectors.domain.meta import read_call
from services.social.connectors.domain.signatures import (
    meta_signed,
    standard_signed,
    tiktok_signed,
    zalo_signed,
)
from services.social.connectors.domain.terms import Kind

READS: Final[Mapping[str, Callable[[Mapping[str, Any]], Told]]] = {
    "meta": read_call,
    "zalo": read_zalo,
    "tiktok": read_tiktok,
    "webhook": read_own,
}
"""By kind of connector; the others are only read from."""


def is_signed(
    kind: Kind,
    body: bytes,
    headers: Mapping[str, str],
    options: Mapping[str, str],
    secret: str,
    now_s: float,
) -> bool:
    """Whether the raw body is signed as connectors of `kind` sign. `headers` have lower-case names; never raises."""
    if kind == "meta":
        return meta_signed(body, headers, secret)
    if kind == "zalo":
        return zalo_signed(body, headers, options["app_id"], secret, now_s)
    if kind == "tiktok":
        return tiktok_signed(body, headers, secret, now_s)
    return kind == "webhook" and standard_signed(body, headers, secret, now_s)
