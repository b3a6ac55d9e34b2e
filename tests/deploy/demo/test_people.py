"""Invented people are valid in form and told at a glance from real ones."""

import re

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.chance import seeded
from deploy.demo.people import NUMBERS, OLD_PREFIXES, PREFIXES, invent_person, phone_of, write_phone
from deploy.demo.sheets import sheet

SERIALS = st.integers(0, NUMBERS - 1)
BACK = {old: new for new, old in OLD_PREFIXES.items()}


def _national(written: str) -> str:
    """What a patient reader makes of a written number."""
    digits = re.sub(r"\D", "", written)
    if len(digits) == 11 and digits[:4] in BACK:
        return BACK[digits[:4]] + digits[4:]
    country = r"^(0084|84(?=\d{9}$)|0)"  # 084 is a prefix too: 840076992 has lost its zero, not its country
    return "0" + re.sub(country, "", digits)


@given(SERIALS)
def test_a_phone_is_a_valid_mobile_number_whose_subscriber_part_begins_with_00(serial: int) -> None:
    phone = phone_of(serial)
    assert phonenumbers.is_valid_number(phonenumbers.parse(phone, "VN"))
    assert phone[:3] in PREFIXES
    assert phone[3:5] == "00"


def test_phones_of_different_serials_differ_and_neighbours_are_not_in_sequence() -> None:
    phones = [phone_of(serial) for serial in range(200_000)]
    assert len(set(phones)) == len(phones)
    assert all(abs(int(a) - int(b)) > 1000 for a, b in zip(phones, phones[len(PREFIXES) :], strict=False))


@given(SERIALS, st.integers())
def test_every_writing_of_a_number_is_still_that_number(serial: int, seed: int) -> None:
    phone = phone_of(serial)
    assert _national(write_phone(seeded(str(seed)), phone)) == phone


def test_people_write_numbers_in_many_ways_and_rarely_in_the_old_eleven_digits() -> None:
    rng = seeded("1")
    written = [write_phone(rng, "0320012345") for _ in range(2000)]
    assert {"0320012345", "+84320012345", "0320 012 345", "320012345"} <= set(written)
    assert 20 <= sum(number.startswith("0162") for number in written) <= 120


@given(SERIALS, st.integers())
def test_a_citizen_id_agrees_with_province_gender_and_year(serial: int, seed: int) -> None:
    person = invent_person(seeded(str(seed)), serial)
    codes = {place["name"]: place["code"] for place in sheet("places")["province"]}
    year, number = int(person["date_of_birth"][:4]), person["national_id"]
    assert re.fullmatch(r"\d{12}", number)
    assert number[:3] == codes[person["province"]] == codes[person["address"]["province"]]
    assert int(number[3]) == (0 if year < 2000 else 2) + (person["gender"] == "female")
    assert number[4:6] == f"{year % 100:02d}"
    assert number[6] == "9"


def test_a_person_repeats_with_the_same_chance_and_serial() -> None:
    assert invent_person(seeded("3"), 5) == invent_person(seeded("3"), 5)
    assert invent_person(seeded("3")) == invent_person(seeded("3"))


def test_mail_addresses_lie_in_reserved_domains_and_differ() -> None:
    rng = seeded("2")
    mails = [invent_person(rng, serial)["email"] for serial in range(2000)]
    assert len(set(mails)) == 2000
    assert all(re.fullmatch(r"[a-z.]+\d+@example\.(com|net|org)", mail) for mail in mails)
