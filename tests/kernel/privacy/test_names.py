"""One spelling for a name, and plain letters under the accents."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.names import normalise_name, strip_accents

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  nguyễn  thị ánh ", "Nguyễn Thị Ánh"),
        ("NGUYỄN THỊ ÁNH", "Nguyễn Thị Ánh"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Ánh"), "Nguyễn Thị Ánh"),
        ("Tôn Nữ Thị McAn", "Tôn Nữ Thị McAn"),
        ("", ""),
    ],
)
def test_names_get_one_spelling(raw: str, name: str) -> None:
    assert normalise_name(raw) == name


@given(st.text(max_size=40))
def test_normalising_a_name_twice_changes_nothing(raw: str) -> None:
    once = normalise_name(raw)
    assert " ".join(once.split()) == once
    if once.isascii():
        assert normalise_name(once) == once


@given(st.text(VIETNAMESE + VIETNAMESE.upper() + " ,.1"))
def test_stripping_leaves_ascii_of_the_same_length(text: str) -> None:
    plain = strip_accents(text)
    assert plain.isascii()
    assert len(plain) == len(text)
    assert plain.lower() == strip_accents(text.lower())


@given(st.text())
def test_stripping_keeps_the_length_of_any_composed_text(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert len(strip_accents(composed)) == len(composed)


def test_decomposed_and_full_width_letters_are_stripped_too() -> None:
    assert strip_accents(unicodedata.normalize("NFD", "Đường Nguyễn Huệ")) == "Duong Nguyen Hue"
    assert strip_accents("０９１２") == "0912"
