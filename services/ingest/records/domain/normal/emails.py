"""What looks wrong about an email address that is well formed. Nothing is changed: only its owner knows."""

from functools import cache
from typing import Final

TYPO, DISPOSABLE, ROLE = "email-typo", "email-disposable", "email-role"

COMMON: Final = frozenset(
    [
        "gmail.com",
        "yahoo.com",
        "yahoo.com.vn",
        "hotmail.com",
        "outlook.com",
        "outlook.com.vn",
        "icloud.com",
        "live.com",
        "proton.me",
    ]
)
_TYPOS: Final = frozenset(
    [
        "gmial.com",
        "gmai.com",
        "gamil.com",
        "gmal.com",
        "gmaill.com",
        "gmail.con",
        "gmail.co",
        "gmail.cm",
        "gmail.vn",
        "gmail.com.vn",
        "gnail.com",
        "gmail.comm",
        "gmail.om",
        "gmil.com",
        "gmali.com",
        "gmailcom",
        "gimail.com",
        "yaho.com",
        "yahho.com",
        "yahoo.con",
        "yahoo.co",
        "yaoo.com",
        "yahooo.com",
        "yahoo.vn.com",
        "hotmial.com",
        "hotmai.com",
        "hotmal.com",
        "hotmail.con",
        "hotmil.com",
        "outlok.com",
        "outloook.com",
        "outlook.con",
        "icoud.com",
        "iclound.com",
        "icloud.con",
    ]
)
_ROLES: Final = frozenset(
    [
        "info",
        "sales",
        "sale",
        "admin",
        "contact",
        "support",
        "hello",
        "cskh",
        "lienhe",
        "ketoan",
        "office",
        "marketing",
        "hr",
    ]
)


@cache
def _disposable() -> frozenset[str]:
    """The domains of throw-away mailboxes: about 9,000, read when the first uncommon domain comes."""
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


def email_doubts(raw: str) -> tuple[str, ...]:
    """Codes of what is doubtful about an address: a well-known domain misspelt, a throw-away one, a shared mailbox."""
    local, _, domain = raw.strip().lower().rpartition("@")
    role = (ROLE,) if local in _ROLES else ()
    if domain in COMMON:
        return role
    if domain in _TYPOS:
        return (TYPO, *role)
    return (DISPOSABLE, *role) if domain in _disposable() else role
