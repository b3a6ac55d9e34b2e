"""What others may know of the person in a record: linkable attributes, coarse where a fine one would point."""

import re
from typing import Any, Final

import msgspec

from services.ingest.records.domain.texts import Redactor
from services.ingest.records.domain.wire import Address, Attributes

_COPIED: Final = frozenset(
    {
        "gender",
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


def traits_of(attributes: Attributes, redactor: Redactor) -> dict[str, Any]:
    """province, country, birth_year, gender and the other linkable ones; never linked or sensitive data."""
    traits: dict[str, Any] = {}
    for name, value in _set_fields(attributes).items():
        if name in _COPIED:
            traits[name] = redactor.text(value) if isinstance(value, str) else value
    if attributes.date_of_birth and (year := _YEAR(attributes.date_of_birth.strip())):
        traits["birth_year"] = int(year[1])
    address = attributes.address
    if isinstance(address, Address):
        if address.province:
            traits["province"] = redactor.text(address.province)
        if address.country:
            traits["country"] = redactor.text(address.country)
    return traits
