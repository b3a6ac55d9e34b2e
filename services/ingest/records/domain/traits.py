"""What others may know of the person in a record: linkable attributes, coarse where a fine one would point."""

import re
from datetime import date
from typing import Any, Final

import msgspec

from kernel.privacy.provinces import find_province
from services.ingest.records.domain.normal.addresses import parts_of
from services.ingest.records.domain.normal.dates import read_birth
from services.ingest.records.domain.normal.genders import read_gender
from services.ingest.records.domain.texts import Redactor
from services.ingest.records.domain.wire import Address, Attributes

_COPIED: Final = frozenset(
    {
        "age",
        "occupation",
        "workplace",
        "job_title",
        "education",
        "marital_status",
        "household_size",
        "income",
        "nationality",
        "language",
    }
)
_set_fields = msgspec.to_builtins
_YEAR = re.compile(
    r"(?:[0-9]{1,2}[-/.][0-9]{1,2}[-/.])?((?:19|20)[0-9]{2})(?:[-/.][0-9]{1,2}[-/.][0-9]{1,2})?"
).fullmatch


def traits_of(attributes: Attributes, redactor: Redactor, captured_on: date) -> dict[str, Any]:
    """province, country, birth_year, gender and the other linkable ones; never linked or sensitive data.

    `province` is as of when the address was written, in its one spelling; `province_now` the one that it became part
    of in July 2025, where that is another.
    """
    traits: dict[str, Any] = {}
    for name, value in _set_fields(attributes).items():
        if name in _COPIED:
            traits[name] = redactor.text(value) if isinstance(value, str) else value
    if attributes.gender:
        traits["gender"] = redactor.text(read_gender(attributes.gender))
    if attributes.date_of_birth and (year := _birth_year(attributes.date_of_birth, captured_on)):
        traits["birth_year"] = year
    address = attributes.address
    if isinstance(address, str):
        address = Address(province=parts_of(address).province)
    if isinstance(address, Address):
        if address.province:
            traits |= _province(address.province, redactor)
        if address.country:
            traits["country"] = redactor.text(address.country)
    return traits


def _birth_year(written: str, captured_on: date) -> int | None:
    plain = _YEAR(written.strip())
    return int(plain[1]) if plain else read_birth(written, captured_on).year


def _province(written: str, redactor: Redactor) -> dict[str, str]:
    found = find_province(written)
    if found is None:
        return {"province": redactor.text(written)}
    return {"province": found.name} | ({"province_now": found.now} if found.now != found.name else {})
