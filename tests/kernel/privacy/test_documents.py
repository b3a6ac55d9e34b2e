"""Check digits and structures are those of their standards."""

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
