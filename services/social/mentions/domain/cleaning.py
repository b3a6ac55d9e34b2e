"""Text and address of a mention without what points at a person."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from kernel.privacy.redaction import redact

MAX_URL = 2_000

# C0 and C1 controls but tab and newline; PostgreSQL refuses NUL, terminals and logs obey the others.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NEWLINES = re.compile("\r\n?")
_HANDLE = re.compile(r"(?<![\w@.])@(?=[\d._]*[^\W\d_])[\w.]{2,40}")
_ADDRESS = re.compile(r"(https?://)(?:[^/?#\s@]*@)?([^/?#\s@]+)(/[^\s]*|\?[^\s]*|)", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<=/)@[^/?#]+")
_SEPARATORS = re.compile(r"[/?&=#;,+]+")


def clean(text: str) -> str:
    """`text` without control characters and lone surrogates; line ends are newlines."""
    return _CONTROL.sub("", _NEWLINES.sub("\n", text))


def strip_people(text: str, known: Iterable[str] = ()) -> str:
    """`text` redacted, without the `known` handles and without any `@handle`."""
    return _HANDLE.sub("[handle]", redact(text, known=known).text)


def strip_address(url: str, handle: str | None) -> str | None:
    """`url` with the author's account written as `-`, or None where it still points at a person or is no http URL.

    Platforms take `/@-/video/1` and the like to the right place; a link is not worth a phone number.
    """
    match = _ADDRESS.fullmatch(url) if len(url) <= MAX_URL else None
    if match is None:
        return None
    rest = _ACCOUNT.sub("@-", unquote(match[3]) if "%" in match[3] else match[3])
    if handle:
        rest = re.sub(re.escape(handle), "-", rest, flags=re.IGNORECASE)
    if redact(_SEPARATORS.sub(" ", clean(rest))).found:
        return None
    address = match[1] + match[2] + rest
    return address if address.isprintable() and " " not in address else None
