"""A record's personal fields, each in its one canonical form."""

from datetime import date
from typing import Final

from kernel.privacy.identifiers import normalise_identifier
from kernel.privacy.names import normalise_name
from kernel.privacy.provinces import province_name
from services.ingest.records.domain.normal.addresses import Parts, current_of, parts_of
from services.ingest.records.domain.normal.dates import read_birth
from services.ingest.records.domain.normal.genders import read_gender
from services.ingest.records.domain.normal.names import read_name, swapped
from services.ingest.records.domain.reading import read_record
from services.ingest.records.domain.whom import pairs_of, subject_of
from services.ingest.records.domain.wire import Address, Attributes

CURRENT: Final = frozenset({"address.current", "address.current_province"})
"""Where the address is since July 2025: computed only where asked for, since it needs a table."""
_PARTS: Final = ("line", "ward", "district", "province", "country")
_READ: Final = frozenset({"full_name", "first_name", "last_name", "date_of_birth", "gender", "address"})


def fields_of(clear: bytes, wanted: frozenset[str] = frozenset()) -> dict[str, str]:
    """Field to value: identifiers (phone as E.164, ...), attributes, `address` in one line and by its parts.

    Names have their surname first and no title, dates of birth are ISO 8601, genders male, female or other, provinces
    spelt alike; what cannot be read is as it was written. Of CURRENT only what is `wanted`.
    """
    record, _ = read_record(clear)
    subject = subject_of(record) if record else None
    if record is None or subject is None:
        return {}
    fields = {}
    captured_on = record.occurred_at.date()
    for kind, raw in pairs_of(subject.identifiers):
        value = normalise_identifier(kind, raw, captured_on=captured_on)
        if value is not None:
            fields[kind] = value
    if subject.attributes is not None:
        fields |= _attributes(subject.attributes, captured_on, wanted)
    return fields


def _attributes(attributes: Attributes, captured_on: date, wanted: frozenset[str]) -> dict[str, str]:
    fields = {
        name: str(value).strip()
        for name in attributes.__struct_fields__
        if name not in _READ and (value := getattr(attributes, name)) is not None
    }
    fields |= _names(attributes)
    if attributes.date_of_birth is not None:
        fields["date_of_birth"] = read_birth(attributes.date_of_birth, captured_on).value
    if attributes.gender is not None:
        fields["gender"] = read_gender(attributes.gender)
    if attributes.address is not None:
        fields |= _address(attributes.address, wanted)
    return fields


def _names(attributes: Attributes) -> dict[str, str]:
    """`full_name` from its two parts where it is not given itself; parts that were mixed up are put right."""
    first, last = attributes.first_name, attributes.last_name
    if first and last and swapped(first, last):
        first, last = last, first
    given = {"first_name": first, "last_name": last}
    fields = {name: normalise_name(value) for name, value in given.items() if value}
    whole = attributes.full_name or (f"{last} {first}" if first and last else None)
    return {**fields, "full_name": read_name(whole).value} if whole else fields


def _address(address: Address | str, wanted: frozenset[str]) -> dict[str, str]:
    if isinstance(address, str):
        parts = parts_of(address)
        told = {"line": parts.line} if parts.province is None else parts._asdict()
    else:
        parts = Parts(address.line, address.ward, address.district, address.province)
        told = {part: getattr(address, part) for part in _PARTS}
    told = {part: " ".join(text.split()) for part, text in told.items() if text}
    if "province" in told:
        told["province"] = province_name(told["province"])
    fields = {f"address.{part}": text for part, text in told.items()}
    fields["address"] = ", ".join(text for part, text in told.items() if part != "country")
    return fields if wanted.isdisjoint(CURRENT) else fields | _current(parts)


def _current(parts: Parts) -> dict[str, str]:
    """In full only where the commune is certain: one that was divided is told by nobody without a map."""
    current = current_of(parts)
    if current is None:
        return {}
    fields = {"address.current_province": current.province}
    if current.ward and current.certain:
        steps = (parts.line, current.ward, current.province)
        fields["address.current"] = ", ".join(step.strip() for step in steps if step)
    return fields


def merged(wanted: frozenset[str], told: list[dict[str, str]]) -> dict[str, str]:
    """The newest value of each wanted field; `told` is newest first."""
    fields: dict[str, str] = {}
    for one in told:
        for name, value in one.items():
            if name in wanted and value:
                fields.setdefault(name, value)
    return fields
