"""A mask helps to recognise a value and never tells it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.masking import Mask, mask


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Mask.PHONE, "+84912345678", "09•••••678"),
        (Mask.PHONE, "0912 345 678", "09•••••678"),
        (Mask.PHONE, "+842438251234", "02••••••234"),
        (Mask.EMAIL, "lan.example@example.vn", "l•••@example.vn"),
        (Mask.EMAIL, "l@example.vn", "•••@example.vn"),
        (Mask.NAME, "Nguyễn Thị Ánh", "N••• T••• Á•••"),
        (Mask.ID, "079190012345", "•••••••••345"),
        (Mask.ID, "123", "•••"),
        (Mask.CARD, "4111 1111 1111 1111", "••• 1111"),
        (Mask.ADDRESS, "12 Lê Lợi, Bến Nghé, TP.HCM", "•••, TP.HCM"),
        (Mask.ADDRESS, "12 Lê Lợi", "•••"),
        (Mask.DATE, "1990-04-01", "1990-••-••"),
        (Mask.IP, "203.0.113.7", "203.0.•••"),
        (Mask.WHOLE, "Kế toán", "•••"),
    ],
)
def test_masks_by_type(kind: Mask, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


@given(st.sampled_from(Mask), st.text(max_size=40) | st.text("0123456789@.,+ ab", max_size=30))
def test_a_mask_always_hides_something(kind: Mask, value: str) -> None:
    shown = mask(kind, value)
    assert "•" in shown
    assert value.strip() == "•••" or shown != value.strip()


@given(st.from_regex(r"[0-9]{6,19}", fullmatch=True))
def test_an_id_shows_at_most_its_last_three_digits(value: str) -> None:
    assert mask(Mask.ID, value).strip("•") in (value[-3:], "")


@given(st.sampled_from([Mask.NAME, Mask.EMAIL]), st.text("bcd", min_size=2, max_size=30))
def test_lengths_are_not_told(kind: Mask, value: str) -> None:
    suffix = "@example.vn" if kind is Mask.EMAIL else ""
    assert len(mask(kind, value + suffix)) == len(mask(kind, "bb" + suffix))
