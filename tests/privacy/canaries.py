"""Planted people, and every form in which their data could leak."""

import base64
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from kernel.privacy.names import strip_accents


@dataclass(frozen=True)
class Canary:
    """One planted value, with a name for messages that must not repeat it."""

    label: str
    value: str


PLANTED = (
    Canary("name", "Trương Thị Bích Hạnh"),
    Canary("phone", "0912345987"),
    Canary("email", "bichhanh.kenari@example.com"),
    Canary("national id", "079190123456"),
    Canary("address", "17/42 Ngõ Sơn Ca"),
    Canary("name in text", "Đoàn Văn Kiên Cường"),
    Canary("phone in text", "0987123654"),
    Canary("email in text", "cuongkien.kenari@example.org"),
    Canary("national id in text", "001088654321"),
    Canary("handle", "kenari_handle_77"),
)

CONTROL = Canary("control", "Điều Khiển Tìm Thấy 0376 545 989")
"""Put into every store on purpose: a search that does not find it there has not searched there."""

_SPACING = b" \t\r\n\0.-_()/"


def squeezed(data: bytes) -> bytes:
    """`data` in lower case without what people and formats put between letters and digits."""
    return data.lower().translate(None, _SPACING)


def forms(value: str) -> set[bytes]:
    """`value` raw, unaccented, decomposed, in capitals, escaped, UTF-16, and of these the hexadecimal and base64.

    Squeezed, so that spaces, dots and line breaks inside them make no difference.
    """
    plain = strip_accents(value)
    texts = {value, plain, value.lower(), plain.lower(), value.upper(), unicodedata.normalize("NFD", value)}
    raw = {text.encode() for text in texts} | {value.encode("utf-16-le"), value.encode("utf-16-be")}
    raw |= {json.dumps(value)[1:-1].encode(), quote(value).encode()}
    coded = {data.hex().encode() for data in raw}
    coded |= {part for text in (value, plain, value.replace(" ", "")) for part in _base64(text.encode())}
    return {form for form in map(squeezed, raw | coded) if len(form) >= 8}


def _base64(data: bytes) -> set[bytes]:
    """What is certain of the base64 of `data` wherever in a longer text it begins."""
    whole = [base64.b64encode(b"\0" * shift + data) for shift in range(3)]
    certain = {code[4 if shift else 0 : len(code) // 4 * 4 - 4] for shift, code in enumerate(whole)}
    return certain | {code.replace(b"+", b"-").replace(b"/", b"_") for code in certain}


def holds_subscriber(data: bytes, folded: bytes, value: str) -> bool:
    """A phone number without its leading 0 stands alone in `data`, as +84 and as a number have it, however spaced."""
    core = value[1:].encode()
    if not re.fullmatch(r"0\d{9}", value) or core not in folded:
        return False
    spaced = rb"[ .-]?".join(core[place : place + 1] for place in range(len(core)))
    return re.search(rb"(?<!\d)(?:\(?\+?84\)?[ .-]?)?" + spaced + rb"(?!\d)", data) is not None


_FORMS = {canary: forms(canary.value) for canary in (*PLANTED, CONTROL)}


def leaks(data: bytes) -> list[str]:
    """The labels of the canaries that `data` holds in any form."""
    folded = squeezed(data)
    return [
        canary.label
        for canary, wanted in _FORMS.items()
        if any(form in folded for form in wanted) or holds_subscriber(data, folded, canary.value)
    ]


def found_in(parts: Iterable[tuple[str, bytes]]) -> list[str]:
    """`place: label` for every leak in `parts`."""
    return [f"{place}: {label}" for place, data in parts for label in leaks(data)]
