"""What is left of a text and its address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.mentions.domain.cleaning import clean, strip_address, strip_people


@given(st.text(st.characters(categories=("L", "N", "Z", "Cc", "Cs", "So"))))
def test_a_clean_text_can_be_stored_anywhere_and_stays_clean(text: str) -> None:
    found = clean(text)
    assert "\0" not in found
    found.encode()
    assert clean(found) == found


def test_handles_go_and_prices_stay() -> None:
    assert strip_people("hỏi @be.na_92 giá 2@ 50k", ["khach77"]) == "hỏi [handle] giá 2@ 50k"
    assert "khach77" not in strip_people("Khach77 đây, @khach77", ["khach77"]).lower()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://www.youtube.com/watch?v=abc-DEF_1", "https://www.youtube.com/watch?v=abc-DEF_1"),
        ("https://shopee.vn/product/88201679/7212345678", "https://shopee.vn/product/88201679/7212345678"),
        ("https://www.tiktok.com/@nguoi.la/video/73", "https://www.tiktok.com/@-/video/73"),
        ("https://www.facebook.com/KHACH.77/posts/9", "https://www.facebook.com/-/posts/9"),
        ("https://www.facebook.com/%6Bhach.77/posts/9", "https://www.facebook.com/-/posts/9"),
        ("https://zalo.me/0912345678", None),
        ("https://a.example/?q=mai.le@example.com", None),
        ("https://user:pw@a.example/x", "https://a.example/x"),
        ("javascript:alert(1)", None),
        ("https://a.example/" + "x" * 2_000, None),
        ("không phải địa chỉ", None),
    ],
)
def test_an_address_is_kept_where_it_points_at_no_person(url: str, kept: str | None) -> None:
    assert strip_address(url, "khach.77") == kept
