"""What people write becomes one E.164 number, or nothing."""

import random
import subprocess
import sys
from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.phone import inspect, normalise, plan

mobiles = st.builds(
    str.__add__, st.sampled_from(sorted(plan.CARRIERS)), st.from_regex(r"[0-9]{6}[1-9]", fullmatch=True)
).filter(lambda number: not number.startswith("992") and len(set(number)) > 1)
dates = st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))
writings = st.sampled_from(["", "0", "84", "+84", "0084", "+84 (0)", "+84-", " 0", "'0"])
phone_like = st.text("0123456789+-. ()xO０９", max_size=20) | st.text(max_size=70)


@pytest.mark.parametrize(
    "raw",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "0912-345-678",
        "(091) 234 5678",
        "+84912345678",
        "+84 (0)912 345 678",
        "0084912345678",
        "84912345678",
        "912345678",
        "912345678.0",
        "'0912345678",
        "０９１２３４５６７８",
        "＋84 912 345 678",
        "\u200e0912\u00a0345\u00a0678\n",
    ],
)
def test_every_writing_of_a_number_is_the_same_number(raw: str) -> None:
    assert normalise(raw) == "+84912345678"


@pytest.mark.parametrize(
    "raw",
    [
        "O912345678",
        "0912345678a",
        "0912 345 67x",
        "0000000000",
        "0999999999",
        "0900000000",
        "0123456789",
        "01234567890",
        "",
        " ",
        "+",
        "+84",
        "091234567",
        "09123456789",
        "0912345678 0987654321",
        "0912345678/0987654321",
        "9.12345678E+08",
        "09•••••678",
        "113",
        "+999 123 456 789",
        "00",
        "0" * 5000,
        "9" * 5000,
    ],
)
def test_what_is_no_number_is_none(raw: str) -> None:
    assert normalise(raw) is None
    assert not inspect(raw).valid


@given(mobiles, writings, st.sampled_from(["", " ", ".", "-", "\u2013"]))
def test_mobiles_survive_any_separator_and_prefix(number: str, prefix: str, separator: str) -> None:
    written = prefix + separator.join((number[:3], number[3:6], number[6:]))
    assert normalise(written) == f"+84{number}"


@given(mobiles, dates)
def test_normalising_twice_changes_nothing(number: str, captured_on: date | None) -> None:
    once = normalise("0" + number, captured_on=captured_on)
    assert once is not None
    assert normalise(once) == once


@given(phone_like, dates)
def test_the_fast_answer_is_the_explained_answer(raw: str, captured_on: date | None) -> None:
    assert normalise(raw, captured_on=captured_on) == inspect(raw, captured_on=captured_on).e164


@given(phone_like, dates)
def test_an_answer_is_always_e164(raw: str, captured_on: date | None) -> None:
    answer = normalise(raw, captured_on=captured_on)
    assert answer is None or (answer[0] == "+" and answer[1:].isdigit() and answer.isascii())


def test_mobiles_agree_with_libphonenumber() -> None:
    """Ours is the wider plan in four prefixes of which libphonenumber knows only the first blocks."""
    dice = random.Random(20)  # noqa: S311  # a sample, not a secret
    prefixes = sorted(plan.CARRIERS)
    for _ in range(20_000):
        number = dice.choice(prefixes) + f"{dice.randrange(1, 10**7):07d}"
        parsed = phonenumbers.PhoneNumber(country_code=84, national_number=int(number))
        if phonenumbers.is_valid_number(parsed):
            ours = normalise("0" + number)
            assert ours == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        else:
            assert number[:2] in ("52", "55", "89", "99")


@pytest.mark.parametrize(
    ("raw", "e164", "region"),
    [
        ("+1 415 555 2671", "+14155552671", "US"),
        ("0065 6123 4567", "+6561234567", "SG"),
        ("+85620 5551 2345", "+8562055512345", "LA"),
    ],
)
def test_other_countries_need_their_country_code(raw: str, e164: str, region: str) -> None:
    report = inspect(raw)
    assert (report.e164, report.region, report.original_carrier) == (e164, region, None)


def test_vietnamese_numbers_never_load_the_worlds_metadata() -> None:
    """libphonenumber costs 11 MiB: only a number of another country may load it."""
    program = (
        "import sys; from kernel.phone import inspect\n"
        "for raw in ('0912 345 678', '0162 987 6543', '0243 825 1234', '0000000000', '113', 'x'): inspect(raw)\n"
        "sys.exit('phonenumbers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
