"""One canonical string for each identifier, so that equal people have equal blind indexes.

A value that is masked, a placeholder, or cannot be what its kind says is never an identifier: it would join
strangers.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from kernel.phone import normalise
from kernel.privacy import documents, fakes

MAX_LENGTH: Final = 256
"""Longest identifier accepted, in characters."""


class Judged(NamedTuple):
    """Either the canonical `value` or the `reason` of the refusal, a stable code without any of the value."""

    value: str | None
    reason: str | None


class _Refused(Exception):  # never leaves this file
    pass


def normalise_identifier(kind: str, raw: str, *, captured_on: date | None = None) -> str | None:
    """The canonical form of an identifier, None where it identifies nobody.

    Idempotent. `kind` is that of the catalogue, `social.<platform>` for social accounts; unknown kinds are
    trimmed only. `captured_on` helps to read old phone numbers.
    """
    return judge_identifier(kind, raw, captured_on=captured_on).value


def judge_identifier(kind: str, raw: str, *, captured_on: date | None = None) -> Judged:
    """As `normalise_identifier`, with the reason of a refusal: empty, too-long, masked, placeholder,
    not-personal (a hotline as a phone), checksum or malformed."""
    text = raw.strip()
    try:
        _refuse_fakes(text)
        value = _phone(text, captured_on) if kind == "phone" else _rule(kind)(text)
    except _Refused as refused:
        return Judged(None, str(refused))
    return Judged(value, None) if value.isprintable() else Judged(None, "malformed")


def _refuse_fakes(text: str) -> None:
    if not text:
        raise _Refused("empty")
    if len(text) > MAX_LENGTH:
        raise _Refused("too-long")
    if fakes.is_masked(text):
        raise _Refused("masked")
    if fakes.is_placeholder(text):
        raise _Refused("placeholder")


def _phone(text: str, captured_on: date | None = None) -> str:
    number = normalise(text, captured_on=captured_on)
    if number is None:
        raise _Refused("malformed")
    if number.startswith(("+841800", "+841900", "+8469")):
        raise _Refused("not-personal")
    return number


_EMAIL = re.compile(
    r"[^\s@,;:<>()\[\]\\\"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
).fullmatch


def _email(text: str) -> str:
    """Lower case, NFC, domain in ASCII (punycode), googlemail.com as gmail.com; tags after a plus stay: only the owner may drop them."""
    address = text.removeprefix("mailto:").lower()
    if address.endswith("@googlemail.com"):  # the same mailbox, as its provider says
        address = address[: -len("googlemail.com")] + "gmail.com"
    if not address.isascii():
        address = _ascii_domain(unicodedata.normalize("NFC", address))
    if not _EMAIL(address) or ".." in address or address[0] == ".":
        raise _Refused("malformed")
    if fakes.is_fake_email(address):
        raise _Refused("placeholder")
    return address


def _ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise _Refused("malformed") from None


_SEPARATORS: Final = dict.fromkeys(map(ord, " .-\u00a0\t"))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_SEPARATORS).upper()


def _digits(text: str) -> str:
    digits = _plain(text)
    if not (digits.isascii() and digits.isdigit()):
        raise _Refused("malformed")
    if len(set(digits)) == 1 or digits in ("123456789", "123456789012", "012345678901"):
        raise _Refused("placeholder")
    return digits


def _national_id(text: str) -> str:
    """CCCD (12 digits, zeros lost in a spreadsheet restored) or CMND (9 digits)."""
    digits = _digits(text)
    if len(digits) in (10, 11) and documents.is_citizen_id(digits.zfill(12)):
        return digits.zfill(12)
    if len(digits) not in (9, 12):
        raise _Refused("malformed")
    return digits


def _driver_licence(text: str) -> str:
    digits = _digits(text)
    if len(digits) != 12:
        raise _Refused("malformed")
    return digits


_FOREIGN_PASSPORT = re.compile(r"(?=(?:[A-Z]*[0-9]){5})[A-Z0-9]{6,9}").fullmatch


def _passport(text: str) -> str:
    """A letter and 7 or 8 digits, or another country's 6 to 9 letters and digits (ICAO 9303)."""
    number = _plain(text)
    if not documents.is_passport(number) and not (_FOREIGN_PASSPORT(number) and not number.isdigit()):
        raise _Refused("malformed")
    if len(set(number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))) == 1:
        raise _Refused("placeholder")
    return number


def _tax_code(text: str) -> str:
    """Ten digits with a check digit, a branch as -NNN; or the personal ID that replaced it in July 2025."""
    digits = _digits(text)
    if len(digits) == 12:
        return digits
    if len(digits) not in (10, 13):
        raise _Refused("malformed")
    if not documents.is_tax_code(digits[:10]):
        raise _Refused("checksum")
    return digits if len(digits) == 10 else f"{digits[:10]}-{digits[10:]}"


def _payment_card(text: str) -> str:
    digits = _digits(text)
    if not 13 <= len(digits) <= 19:
        raise _Refused("malformed")
    if not documents.is_payment_card(digits):
        raise _Refused("checksum")
    return digits


def _birth_certificate(text: str) -> str:
    """Number and year as the registry writes them ("123/2010"), spaces and case unified."""
    number = "".join(unicodedata.normalize("NFKC", text).upper().split())
    if len(number) < 3 or not any(character.isdigit() for character in number):
        raise _Refused("malformed")
    return number


def _trimmed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_HEX_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch


def _device(text: str) -> str:
    """UUIDs in lower case, other ids as they are; the all-zero id of opted-out devices is everybody's."""
    if not text.strip("0-:{}"):
        raise _Refused("placeholder")
    return text.lower() if _HEX_ID(text) else _trimmed(text)


def _ip(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        raise _Refused("malformed") from None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_unspecified or "%" in text:
        raise _Refused("placeholder")
    return str(address)


_PROFILE = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]{1,63}\.){0,4}(?:facebook|fb|instagram|threads|zalo|tiktok|youtube|twitter|x|linkedin|t)\."
    r"(?:com|me|net|vn)/(?:profile\.php\?id=|in/|channel/|user/)?@?([^/?#\s]+).*",
    re.IGNORECASE,
).fullmatch


def _handle(text: str) -> str:
    """The account's name: taken out of a profile's address, without @, in lower case."""
    match = _PROFILE(text)
    handle = _trimmed(match[1] if match else text).lstrip("@").lower()
    if not handle or any(character.isspace() for character in handle):
        raise _Refused("malformed")
    return handle


def _zalo(text: str) -> str:
    """Zalo accounts are mostly phone numbers: those become E.164, so that both writings meet."""
    handle = _handle(text) if "/" in text or "@" in text else text
    return normalise(handle) or _handle(handle)


IDENTIFIER_RULES: Final[dict[str, Callable[[str], str]]] = {
    "phone": _phone,
    "email": _email,
    "national_id": _national_id,
    "passport": _passport,
    "driver_licence": _driver_licence,
    "tax_code": _tax_code,
    "payment_card": _payment_card,
    "birth_certificate": _birth_certificate,
    "external_id": _trimmed,
    "device_id": _device,
    "cookie_id": _device,
    "anonymous_id": _device,
    "ip": _ip,
    "social.zalo": _zalo,
}
"""Identifier kind to its rule; other `social.*` kinds share one, unknown kinds are trimmed."""


def _rule(kind: str) -> Callable[[str], str]:
    rule = IDENTIFIER_RULES.get(kind)
    if rule is not None:
        return rule
    return _handle if kind.startswith("social.") else _trimmed
