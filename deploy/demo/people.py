"""Invented people: plausible in form, nobody in fact.

Numbers are mobile numbers whose subscriber part begins with 00 and citizen IDs whose serial begins with 9: valid in
form, and told at a glance from real ones. Mail addresses lie in the domains that RFC 2606 reserves for examples.
"""

import unicodedata
from random import Random
from typing import Any

from deploy.demo.sheets import sheet

PREFIXES = (
    "032", "033", "034", "035", "036", "037", "038", "039", "086", "096", "097", "098",
    "070", "076", "077", "078", "079", "090", "093", "081", "082", "083", "084", "085",
    "088", "091", "094", "056", "058", "092", "059", "099", "087",
)  # fmt: skip
"""Prefixes of today's mobile numbers under which 00xxxxx is a valid subscriber part (libphonenumber's metadata)."""

OLD_PREFIXES = {
    "032": "0162", "033": "0163", "034": "0164", "035": "0165", "036": "0166", "037": "0167", "038": "0168",
    "039": "0169", "070": "0120", "079": "0121", "077": "0122", "076": "0126", "078": "0128", "083": "0123",
    "084": "0124", "085": "0125", "081": "0127", "082": "0129", "056": "0186", "058": "0188", "059": "0199",
}  # fmt: skip
"""Before the 2018 migration from 11 digits to 10: today's prefix -> the old one; the last seven digits stayed."""

NUMBERS = len(PREFIXES) * 100_000
_STRIDES = {"phone": 38_197, "national_id": 61_403}  # coprime to 100,000: neighbours in serial are far apart


def _scattered(serial: int, what: str) -> str:
    return f"{(serial * _STRIDES[what] + 4_711) % 100_000:05d}"


def plain(text: str) -> str:
    """The text without Vietnamese diacritics, as people type in a hurry."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def phone_of(serial: int) -> str:
    """The mobile number of a serial, ten digits: distinct for serials 0 .. NUMBERS - 1, neighbours far apart."""
    block, prefix = divmod(serial % NUMBERS, len(PREFIXES))
    return f"{PREFIXES[prefix]}00{_scattered(block, 'phone')}"


def national_id_of(serial: int, province_code: str, gender: str, birth_year: int) -> str:
    """A citizen ID of the right structure: province, century and gender, year of birth, six digits from 9."""
    century = (birth_year // 100 - 19) * 2 + (gender == "female")
    return f"{province_code}{century}{birth_year % 100:02d}9{_scattered(serial, 'national_id')}"


def write_phone(rng: Random, national: str) -> str:
    """A ten-digit number as one of many ways people write it, rarely in its form before 2018; always the same number."""
    p, a, b = national[:4], national[4:7], national[7:]
    ways = [
        national, national, national, f"{p} {a} {b}", f"{p}.{a}.{b}", f"{p}-{a}-{b}",
        f"+84{national[1:]}", f"+84 {p[1:]} {a} {b}", f"84{national[1:]}", f"0084{national[1:]}", national[1:],
    ]  # fmt: skip
    old = OLD_PREFIXES.get(national[:3])
    if old and rng.random() < 0.03:
        return f"{old}{national[3:]}"
    return rng.choice(ways)


def invent_place(rng: Random) -> dict[str, Any]:
    """A province of `places.toml`, drawn by weight."""
    provinces = sheet("places")["province"]
    chosen: dict[str, Any] = rng.choices(provinces, weights=[p["weight"] for p in provinces])[0]
    return chosen


def _address(rng: Random, place: dict[str, Any]) -> dict[str, str]:
    line = f"{rng.randint(1, 480)} {rng.choice(sheet('places')['streets'])}"
    address = {"line": line, "ward": rng.choice(place["wards"]), "province": place["name"]}
    if rng.random() < 0.3:  # many still write the district, abolished in July 2025
        address["district"] = rng.choice(place["former"])
    return address


def invent_person(rng: Random, serial: int | None = None) -> dict[str, Any]:
    """One invented person.

    Keys: `full_name`, `gender` (female|male), `date_of_birth` (ISO), `occupation`, `phone` (ten digits), `email`,
    `national_id` (12 digits, agreeing with gender, year and province), `address` (line, ward, province, sometimes
    district), `province`, `lat`, `lon` (of the province's centre).

    `serial` 0 .. NUMBERS - 1 makes phone and email distinct for distinct serials (national ids within each 100,000
    in a row); without it one is drawn. Same rng state and serial: same person.
    """
    number = rng.randrange(NUMBERS) if serial is None else serial
    names, place = sheet("names"), invent_place(rng)
    gender = rng.choice(("female", "male"))
    year = min(max(round(rng.gauss(1991, 10)), 1950), 2008)
    middle, given = rng.choice(names[gender]["middle"]), rng.choice(names[gender]["given"])
    mailbox = plain(f"{given}.{middle}").lower().replace(" ", "")
    return {
        "full_name": f"{rng.choice(names['surnames'])} {middle} {given}",
        "gender": gender,
        "date_of_birth": f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "occupation": rng.choice(names["occupations"]),
        "phone": phone_of(number),
        "email": f"{mailbox}{number}@{rng.choice(names['mail_domains'])}",
        "national_id": national_id_of(number, place["code"], gender, year),
        "address": _address(rng, place),
        "province": place["name"],
        "lat": place["lat"],
        "lon": place["lon"],
    }
