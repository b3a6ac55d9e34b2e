"""Whom a message is about: ids and traits (Segment's spec of identify, and our own names) as a subject block."""

from typing import Any, Final

IDENTIFIERS: Final = {
    "phone": "phone",
    "email": "email",
    "national_id": "national_id",
    "passport": "passport",
    "driver_licence": "driver_licence",
    "tax_code": "tax_code",
}
"""Traits that identify."""

ATTRIBUTES: Final = {
    "name": "full_name",
    "fullName": "full_name",
    "full_name": "full_name",
    "firstName": "first_name",
    "first_name": "first_name",
    "lastName": "last_name",
    "last_name": "last_name",
    "birthday": "date_of_birth",
    "date_of_birth": "date_of_birth",
    "gender": "gender",
    "age": "age",
    "title": "job_title",
    "job_title": "job_title",
    "occupation": "occupation",
    "workplace": "workplace",
    "education": "education",
    "marital_status": "marital_status",
    "household_size": "household_size",
    "income": "income",
    "nationality": "nationality",
    "language": "language",
}
"""Trait to attribute; of two traits with one meaning the later one here wins. Others stay sealed only."""

_TEXTS: Final = frozenset({"full_name", "first_name", "last_name", "date_of_birth", "gender"})
_GENDERS: Final = {"f": "female", "m": "male", "nữ": "female", "nam": "male"}
_PLACES: Final = (("street", "line"), ("line", "line"), ("ward", "ward"), ("district", "district"))


def identifiers_of(
    user: str, anonymous: str, traits: dict[str, Any], device: Any, address: str | None
) -> dict[str, str]:
    """The identifiers of a message; `address` is the IP address that may be kept."""
    found: dict[str, str] = {}
    if user:
        found["external_id"] = user
    if anonymous:
        found["anonymous_id"] = anonymous
    for trait, value in traits.items():
        kind = IDENTIFIERS.get(trait)
        if kind and (text := text_of(value)):
            found[kind] = text
    if isinstance(device, dict) and (text := text_of(device.get("id"))):
        found["device_id"] = text
    if address:
        found["ip"] = address
    return found


def attributes_of(traits: dict[str, Any]) -> dict[str, Any]:
    """The attributes that traits tell."""
    if not traits:
        return {}
    found: dict[str, Any] = {}
    for trait, name in ATTRIBUTES.items():
        value = traits.get(trait)
        if value is None or isinstance(value, dict | list):
            continue
        if name in _TEXTS:
            value = text_of(value)
            if not value:
                continue
        found[name] = value
    if "date_of_birth" in found:
        found["date_of_birth"] = _day(found["date_of_birth"])
    if "gender" in found:
        found["gender"] = _GENDERS.get(found["gender"].lower(), found["gender"])
    company = traits.get("company")
    if isinstance(company, dict) and (text := text_of(company.get("name"))):
        found.setdefault("workplace", text)
    if place := _address(traits.get("address")):
        found["address"] = place
    return found


def _day(text: str) -> str:
    """The day of an ISO 8601 time; SDKs turn dates into times at midnight."""
    return text[:10] if len(text) > 10 and text[4] == text[7] == "-" and text[10] in "T " else text


def _address(given: Any) -> Any:
    """Segment's street, city, state and country; a city without a state is a city of its own rank, a province."""
    if isinstance(given, str):
        return given.strip() or None
    if not isinstance(given, dict):
        return None
    place = {ours: text for theirs, ours in _PLACES if (text := text_of(given.get(theirs)))}
    city, state = text_of(given.get("city")), text_of(given.get("state"))
    province = text_of(given.get("province")) or state or city
    if province:
        place["province"] = province
    if city and city != province:
        place.setdefault("district", city)
    if country := text_of(given.get("country")):
        place["country"] = country
    return place or None


def text_of(value: Any) -> str:
    """A text or a whole number as text; empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
