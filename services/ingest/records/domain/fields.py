"""A record's personal fields, each in its one canonical form."""

from kernel.privacy.identifiers import normalise_identifier
from kernel.privacy.names import normalise_name
from services.ingest.records.domain.reading import read_record
from services.ingest.records.domain.whom import pairs_of, subject_of
from services.ingest.records.domain.wire import Address, Attributes

_NAMES = frozenset({"full_name", "first_name", "last_name"})
_PARTS = ("line", "ward", "district", "province", "country")


def fields_of(clear: bytes) -> dict[str, str]:
    """Field to value: identifiers (phone as E.164, ...), attributes, `address` in one line and by its parts."""
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
        fields |= _attributes(subject.attributes)
    return fields


def _attributes(attributes: Attributes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name in attributes.__struct_fields__:
        value = getattr(attributes, name)
        if isinstance(value, Address):
            parts = {part: text for part in _PARTS if (text := getattr(value, part))}
            fields |= {f"address.{part}": text for part, text in parts.items()}
            fields["address"] = ", ".join(text for part, text in parts.items() if part != "country")
        elif value is not None:
            fields[name] = normalise_name(value) if name in _NAMES else str(value).strip()
    return fields


def merged(wanted: frozenset[str], told: list[dict[str, str]]) -> dict[str, str]:
    """The newest value of each wanted field; `told` is newest first."""
    fields: dict[str, str] = {}
    for one in told:
        for name, value in one.items():
            if name in wanted and value:
                fields.setdefault(name, value)
    return fields
