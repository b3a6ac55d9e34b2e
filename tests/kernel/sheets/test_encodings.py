"""Vietnamese text survives every way in which it was ever written to a file."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.sheets.cells import _NOTHING
from kernel.sheets.encodings import detect, texts
from kernel.sheets.legacy import tcvn3_table, vni_readings
from tests.services.ingest.imports.reading_files import read

TONES = "\u0300\u0301\u0303\u0309\u0323"
LETTERS = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
SAMPLE = "Họ và tên;Điện thoại;Địa chỉ\nNguyễn Thị Ánh;0912345678;Số 5 đường Trần Hưng Đạo, phường Bến Nghé\n"
words = st.text(alphabet=LETTERS, min_size=1, max_size=8)
lines = st.lists(words, min_size=1, max_size=12).map(" ".join)


def as_1258(text: str) -> bytes:
    """As Windows writes it: a letter with its hat, then the tone."""
    out = []
    for letter in text:
        apart = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in apart if mark in TONES)
        out.append(unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES)) + tone)
    return "".join(out).encode("cp1258")


def as_tcvn3(text: str) -> bytes:
    table = {letter: byte for byte, letter in enumerate(tcvn3_table())}
    return bytes(table[letter] for letter in text)


def as_vni(text: str) -> bytes:
    table = {letter: written for written, letter in vni_readings().items()}
    return "".join(table.get(letter, letter) for letter in text).encode("cp1252")


WRITERS = {
    "utf-8": str.encode,
    "utf-8-sig": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "windows-1258": as_1258,
    "tcvn3": as_tcvn3,
    "vni": as_vni,
}


@pytest.mark.parametrize("name", WRITERS)
def test_an_encoding_is_told_by_its_text(name: str) -> None:
    content = WRITERS[name](SAMPLE)
    layout, records, _ = read(content)
    assert (layout.encoding, layout.separator) == (name, ";")
    assert records[0]["subject"]["attributes"]["full_name"] == "Nguyễn Thị Ánh"
    assert detect(content) == name


@given(text=lines, name=st.sampled_from(sorted(WRITERS)), size=st.integers(1, 9))
def test_text_comes_back_however_it_is_cut(text: str, name: str, size: int) -> None:
    content = WRITERS[name](text)
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    assert "".join(texts(chunks, name)) == text


@given(
    cells=st.lists(st.lists(words, min_size=3, max_size=3), min_size=3, max_size=9),
    mark=st.sampled_from(",;\t|"),
)
def test_the_separator_is_found_and_every_cell_comes_back(cells: list[list[str]], mark: str) -> None:
    content = "\n".join(mark.join(row) for row in [["Họ tên", "SĐT", "Địa chỉ"], *cells]).encode()
    layout, records, _ = read(content)
    assert layout.separator == mark
    assert [one["subject"]["attributes"].get("address", {}).get("line") for one in records] == [
        None if row[2].lower() in _NOTHING else row[2] for row in cells
    ]
