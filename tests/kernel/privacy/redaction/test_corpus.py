"""Recall and precision on sentences about invented people, disguised numbers and addresses included."""

import re

import pytest

from kernel.privacy.redaction import redact, suspicious
from tests.kernel.privacy.redaction.corpus import HARMLESS, personal

_WORD = re.compile(r"[^\W_]+")
_UNITS = frozenset(
    [
        "a",
        "phường",
        "quận",
        "phố",
        "thôn",
        "xã",
        "ấp",
        "số",
        "nhà",
        "ngõ",
        "ngách",
        "đường",
        "tầng",
        "căn",
        "chung",
        "cư",
        "chấm",
        "còng",
        "com",
        "vn",
    ]
)
KNOWN_MISTAKES = {"Phố đi bộ Nguyễn Huệ đông vui"}
"""A street named after a person, with no word of a street just before it."""


@pytest.mark.parametrize(("text", "parts"), personal(), ids=[text for text, _ in personal()])
def test_what_points_at_a_person_goes(text: str, parts: list[str]) -> None:
    left = set(_WORD.findall(redact(text).text))
    for part in parts:
        assert {
            word for word in _WORD.findall(part) if word.lower() not in _UNITS and len(word) > 1
        } & left == set()
    assert suspicious(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_points_at_nobody_stays(text: str) -> None:
    assert (redact(text).text == text) != (text in KNOWN_MISTAKES)


def test_a_citizen_id_in_groups_goes_whole() -> None:
    assert redact("CCCD số 079 190 001 234 ạ").text == "CCCD số [national_id] ạ"


def test_a_receiver_and_a_member_of_staff_are_people() -> None:
    assert redact("Người nhận: Trần Quốc Bảo").text == "Người nhận: [name]"
    assert redact("hiệu trưởng Đỗ Minh Khôi").text == "hiệu trưởng [name]"
    assert redact("trường Đỗ Minh Khôi").text == "trường Đỗ Minh Khôi"
