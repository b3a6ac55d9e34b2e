"""The search itself recognises what it should: a positive control for each form."""

import base64
import json
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

import pytest

from kernel.privacy.names import strip_accents
from tests.privacy.canaries import PLANTED, Canary, leaks

FORMS: dict[str, Callable[[str], bytes]] = {
    "raw": str.encode,
    "capitals": lambda value: value.upper().encode(),
    "unaccented": lambda value: strip_accents(value).encode(),
    "unaccented, lower case, joined": lambda value: strip_accents(value).lower().replace(" ", "").encode(),
    "decomposed": lambda value: unicodedata.normalize("NFD", value).encode(),
    "spaced": lambda value: " ".join(value).encode(),
    "dotted in threes": lambda value: ".".join(value[at : at + 3] for at in range(0, len(value), 3)).encode(),
    "UTF-16": lambda value: value.encode("utf-16"),
    "escaped": lambda value: json.dumps(value).encode(),
    "in a URL": lambda value: quote(value).encode(),
    "hexadecimal": lambda value: value.encode().hex().encode(),
    "hexadecimal of unaccented": lambda value: strip_accents(value).encode().hex().upper().encode(),
    "base64": lambda value: base64.b64encode(value.encode() + b" and more"),
    "base64 in lines": lambda value: base64.encodebytes(b"0" * 50 + value.encode() + b" and more"),
    "base64, shifted": lambda value: base64.b64encode(b"a" + value.encode() + b" and more"),
    "base64, shifted twice": lambda value: base64.urlsafe_b64encode(b"ab" + value.encode() + b" and more"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("canary", PLANTED, ids=lambda canary: canary.label)
def test_every_form_of_a_planted_value_is_recognised(canary: Canary, form: str) -> None:
    assert canary.label in leaks(b"<" + FORMS[form](canary.value) + b">")


@pytest.mark.parametrize(
    "text", ["0912 345 987", "+84912345987", "(+84) 912.345.987", '{"phone":912345987}', "tel:84-912-345-987"]
)
def test_a_phone_is_recognised_however_it_is_written(text: str) -> None:
    assert leaks(text.encode()) == ["phone"]


def test_a_longer_number_is_no_phone() -> None:
    assert leaks(b"1912345987 9123459870") == []


def test_a_clean_text_is_clean() -> None:
    assert leaks("Nguyễn Văn A mua 3 gói cà phê, 0901 000 000".encode()) == []
