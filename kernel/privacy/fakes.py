"""Values that people and programs write where they have none: they must never join two people."""

import re
from typing import Final

_MASKED = re.compile(r"[*•●∙·#…]{2}|(?<![A-Za-z])[xX]{3,}(?![A-Za-z])|\*$").search

_NOTHING: Final = """
- -- . ? 0 n/a na none null nil nan undefined unknown anonymous guest test (not_set) not_set [object_object]
không khong ko không_có khong_co chưa_có chua_co không_biết khong_biet không_rõ khong_ro
"""
_PLACEHOLDERS: Final = frozenset(_NOTHING.split())

_FAKE_LOCALS: Final = (
    "noemail@",
    "no-email@",
    "no_email@",
    "khongco@",
    "khongcoemail@",
    "noreply@",
    "no-reply@",
)
_FAKE_NAMES: Final = "test abc a aa aaa email mail none no xxx 123"
_FAKE_DOMAINS: Final = "gmail.com yahoo.com test.com email.com mail.com abc.com a.com none.com no.com"
_FAKE_EMAILS: Final = frozenset(
    f"{local}@{domain}" for domain in _FAKE_DOMAINS.split() for local in _FAKE_NAMES.split()
)


def is_masked(text: str) -> bool:
    """Whether part of the value was hidden: bullets, stars, or a run of x beside no letter ("xxxx123")."""
    return _MASKED(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether the text is a word for nothing, in either language, such as "n/a" or "không có"."""
    return text.lower().replace(" ", "_") in _PLACEHOLDERS


def is_fake_email(address: str) -> bool:
    """Whether a lower-case address is one that people type to get past a form, such as test@test.com."""
    return address in _FAKE_EMAILS or address.startswith(_FAKE_LOCALS)
