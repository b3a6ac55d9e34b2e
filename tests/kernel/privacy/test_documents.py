"""Check digits and structures are those of their standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy import documents

digit_runs = st.from_regex(r"[0-9]{12,18}", fullmatch=True)


@given(digit_runs)
def test_exactly_one_luhn_digit_fits(body: str) -> None:
    assert sum(documents.is_luhn(body + digit) for digit in "0123456789") == 1


@given(digit_runs, st.integers(0, 11), st.sampled_from("0123456789"))
def test_luhn_notices_a_wrong_digit(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    assert wrong == number or not (documents.is_luhn(number) and documents.is_luhn(wrong))


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_at_most_one_tax_check_digit_fits(body: str) -> None:
    assert sum(documents.is_tax_code(body + digit) for digit in "0123456789") <= 1


def test_known_examples() -> None:
    assert documents.is_tax_code("0100109106")
    assert documents.is_payment_card("4111111111111111")
    assert documents.is_payment_card("9704000000000018")
    assert not documents.is_payment_card("970400000000018")
    assert documents.is_citizen_id("079190012345")
    assert not documents.is_citizen_id("099190012345")
    assert documents.is_passport("B1234567")
    assert not documents.is_passport("BB123456")


@pytest.mark.parametrize(
    ("digits", "told"),
    [
        ("001190001234", ("Hà Nội", "female", 1990)),
        ("079099001234", ("TP. Hồ Chí Minh", "male", 1999)),
        ("046304001234", ("Huế", "female", 2004)),
        ("003190001234", None),  # no province has that code
        ("001490001234", None),  # the 2100s
        ("101190001234", None),
        ("00119000123", None),
        ("00119000123x", None),
    ],
)
def test_a_citizen_id_tells_province_gender_and_year(digits: str, told: tuple[str, str, int] | None) -> None:
    assert documents.read_citizen_id(digits) == told


@pytest.mark.parametrize(
    ("kind", "value", "score"),
    [
        ("national_id", "001190001234", 1.0),
        ("national_id", "023456789", 0.5),
        ("national_id", "999990001234", 0.2),
        ("tax_code", "0100109106", 1.0),
        ("tax_code", "001190001234", 0.7),
        ("payment_card", "4111111111111111", 1.0),
        ("payment_card", "4111111111111112", 0.0),
        ("passport", "B1234567", 0.7),
        ("passport", "XK1234567", 0.2),
        ("driver_licence", "790123456789", 0.7),
        ("driver_licence", "990123456789", 0.2),
    ],
)
def test_a_number_is_scored_by_how_it_is_built(kind: str, value: str, score: float) -> None:
    assert documents.structure_score(kind, value) == score
