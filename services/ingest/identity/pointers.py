"""From a record's identifiers to pointers: canonical, judged, blind-indexed. No I/O."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from kernel.phone import normalise
from kernel.privacy.fakes import is_fake_email
from kernel.privacy.identifiers import judge_identifier
from services.ingest.identity.indexing import Indexer

NATIONAL_ID_12, NATIONAL_ID_9, PHONE, SHARED_PHONE, IP = 1, 2, 6, 7, 99

CODES: Final[dict[str, int]] = {
    "national_id": NATIONAL_ID_12,
    "passport": 3,
    "driver_licence": 4,
    "birth_certificate": 5,
    "phone": PHONE,
    "email": 8,
    "tax_code": 9,
    "payment_card": 10,
    "external_id": 11,
    "social": 12,
    "device_id": 13,
    "cookie_id": 14,
    "anonymous_id": 15,
    "ip": IP,
}
"""Identifier kind to its code: the lower, the more it says about who somebody is. 2 and 7 are made here."""

LAST_REVEALED: Final = 12
"""Identifiers up to this code are fields that the vault reveals; the rest name machines."""

PLATFORMS: Final = frozenset(
    [
        "facebook",
        "instagram",
        "threads",
        "zalo",
        "tiktok",
        "youtube",
        "shopee",
        "tiktok_shop",
        "lazada",
        "tiki",
        "google",
        "twitter",
        "x",
        "linkedin",
        "telegram",
        "viber",
        "whatsapp",
        "wechat",
        "line",
        "apple",
    ]
)

# The codes of the two forms of national id are also their bits in `subject.documents`.

Pointer = tuple[int, str, bytes]
"""Code, kind and blind index."""


class Pointers(msgspec.Struct, frozen=True, gc=False):
    """What a record's identifiers come to."""

    joining: list[Pointer]
    """Those that lead to a person, most telling first."""
    others: list[Pointer]
    """IP addresses: personal data, but shared by strangers."""
    refused: list[tuple[str, str]]
    """(kind, reason) of those that identify nobody."""
    national_id: str | None


def point(indexer: Indexer, given: Iterable[tuple[str, str]], captured_on: date | None = None) -> Pointers:
    """Pointers from (kind, value) pairs; `social.<platform>` kinds included, unknown kinds must not be given."""
    joining: list[Pointer] = []
    others: list[Pointer] = []
    refused: list[tuple[str, str]] = []
    national_id = None
    for kind, raw in given:
        value = _plain_value(kind, raw, captured_on)
        if value is None:
            value, reason = judge_identifier(kind, raw, captured_on=captured_on)
            if value is None:
                refused.append((kind, reason or "malformed"))
                continue
        code = CODES.get(kind) or CODES["social"]
        if code == IP:
            others.append((code, kind, indexer.index(kind, value)))
            continue
        if code == NATIONAL_ID_12:
            national_id = value
            code = NATIONAL_ID_12 if len(value) == 12 else NATIONAL_ID_9
        joining.append((code, kind, indexer.index(kind, value)))
    if len(joining) > 1:
        joining.sort()
    return Pointers(joining, others, refused, national_id)


_PLAIN_EMAIL = re.compile(
    r"[a-z0-9]+(?:[._][a-z0-9]+)*@(?!googlemail\.)[a-z0-9]+(?:\.[a-z]{2,12}){1,3}"
).fullmatch


def _plain_value(kind: str, raw: str, captured_on: date | None) -> str | None:
    """The canonical form of the commonest writings, which hide no mask and no word for nothing, at a third of the
    cost; None for all others. Always equal to what `judge_identifier` says."""
    if kind == "phone":
        plain = len(raw) == 10 and raw.isdecimal() and raw[1] in "35789"
        return normalise(raw, captured_on=captured_on) if plain else None
    if kind == "email" and len(raw) <= 64 and _PLAIN_EMAIL(raw) and "xxx" not in raw:
        return None if is_fake_email(raw) else raw
    return None


def social_kind(platform: str) -> str:
    """The kind of an account: platforms are a closed list, since a key that clients choose may be anybody's name."""
    return "social." + (platform if platform in PLATFORMS else "other")


def stand_in(indexer: Indexer, index: bytes, person: bytes | None) -> Pointer:
    """The pointer that stands for one person among several who use one identifier: it and who they say they are.

    On a phone that many share, and on an identifier that is claimed beside the person whose it is.
    """
    return (
        SHARED_PHONE,
        "phone.shared",
        indexer.index("phone.shared", f"{index.hex()}|{(person or b'').hex()}"),
    )
