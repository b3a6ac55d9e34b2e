"""Current numbers mean to us what they mean to libphonenumber. `PHONE_SAMPLE=1000000` is the whole promise."""

import os
import random
from collections.abc import Iterator
from itertools import islice

import phonenumbers

from kernel.phone import inspect, normalise, plan

SAMPLE = int(os.environ.get("PHONE_SAMPLE", "50000"))
TYPES = {0: "landline", 1: "mobile", 3: "toll_free", 4: "premium"}
OURS_ONLY = ("52", "55", "89", "99")
"""Prefixes of which libphonenumber knows only the first blocks."""
FORMER_AREAS = ("240", "241", "280", "281")
"""Area codes until 2017 that begin like today's of the two cities; libphonenumber does not migrate them."""


def current_numbers() -> Iterator[str]:
    """National numbers of today's plan without the leading zero: mobiles, landlines and services."""
    dice = random.Random(2018)  # noqa: S311  # a sample, not a secret
    prefixes, areas = sorted(plan.CARRIERS), [area.code for area in plan.AREAS]
    while True:
        kind = dice.random()
        if kind < 0.6:
            yield dice.choice(prefixes) + f"{dice.randrange(10**7):07d}"
        elif kind < 0.9:
            area = dice.choice(areas)
            yield area + f"{dice.randrange(10 ** (10 - len(area))):0{10 - len(area)}d}"
        else:
            digits = dice.choice((4, 6))
            yield dice.choice(("1800", "1900")) + f"{dice.randrange(10**digits):0{digits}d}"


def test_current_numbers_agree_with_libphonenumber() -> None:
    agreed = 0
    for number in islice(current_numbers(), SAMPLE):
        theirs = phonenumbers.PhoneNumber(country_code=84, national_number=int(number))
        ours = inspect("+84" + number)
        if phonenumbers.is_valid_number(theirs):
            if not ours.valid:
                assert [issue.code for issue in ours.issues] == ["placeholder"], number
                continue
            assert ours.e164 == phonenumbers.format_number(theirs, phonenumbers.PhoneNumberFormat.E164)
            assert ours.e164 == normalise("+84" + number)
            assert ours.type == TYPES[phonenumbers.number_type(theirs)], number
            agreed += 1
        elif ours.valid:
            assert number[:2] in OURS_ONLY or number[:3] in FORMER_AREAS, number
    assert agreed > SAMPLE * 0.8
