"""The fields that a column can become, and how each one's cells are read."""

from collections.abc import Mapping
from typing import Final

from kernel.sheets.cells import (
    Reading,
    read_code,
    read_flag,
    read_free_text,
    read_gender,
    read_money,
    read_number,
    read_phone,
    read_text,
)
from kernel.sheets.dates import read_birthday, read_moment

KINDS: Final = (
    "profile", "interaction", "transaction", "survey", "interview", "attendance", "referral", "feedback", "market_note",
)  # fmt: skip

_IDENTIFIERS: Final = (
    "national_id", "passport", "driver_licence", "birth_certificate", "email", "tax_code", "payment_card",
    "external_id", "device_id", "cookie_id", "anonymous_id", "ip",
)  # fmt: skip
_ATTRIBUTES: Final = (
    "full_name", "first_name", "last_name", "address", "occupation", "workplace", "job_title", "education",
    "marital_status", "nationality", "language", "ethnicity", "religion", "political_view", "health", "bank_account",
)  # fmt: skip

FIELDS: Final[Mapping[str, Reading]] = {
    **dict.fromkeys(("id", "source", "channel", "kind"), read_code),
    "occurred_at": read_moment,
    "subject.identifiers.phone": read_phone,
    **{f"subject.identifiers.{name}": read_code for name in _IDENTIFIERS},
    **{f"subject.attributes.{name}": read_text for name in _ATTRIBUTES},
    **{
        f"subject.attributes.address.{part}": read_text
        for part in ("line", "ward", "district", "province", "country")
    },
    "subject.attributes.date_of_birth": read_birthday,
    "subject.attributes.gender": read_gender,
    "subject.attributes.age": read_number,
    "subject.attributes.household_size": read_number,
    "subject.attributes.income": read_money,
    "payload.order_id": read_code,
    "payload.total": read_money,
    "payload.discount": read_money,
    "payload.price": read_money,
    "payload.currency": read_text,
    "payload.payment_method": read_text,
    "payload.returned": read_flag,
    "payload.items.sku": read_code,
    "payload.items.name": read_free_text,
    "payload.items.category": read_free_text,
    "payload.items.quantity": read_number,
    "payload.items.unit_price": read_money,
    "payload.text": read_free_text,
    "payload.rating": read_number,
    "payload.event_name": read_free_text,
    "payload.name": read_free_text,
    "payload.form": read_free_text,
    "payload.brand": read_free_text,
    "payload.product": read_free_text,
    "consent.notice": read_code,
    "consent.version": read_number,
    "consent.method": read_text,
    "consent.captured_at": read_moment,
    "consent.proof": read_free_text,
    "basis.kind": read_code,
    "basis.proof": read_free_text,
    "collector.id": read_code,
    "collector.device_id": read_code,
    "collector.started_at": read_moment,
    "collector.duration_ms": read_number,
}
"""Field of a record to how its cells are read."""

_OPEN: Final[Mapping[str, Reading]] = {
    "subject.identifiers.social.": read_code,
    "payload.answers.": read_free_text,
    "payload.properties.": read_free_text,
    "payload.referred_identifiers.": read_code,
}
"""What begins so goes on with a name of the importer's own."""


def reading_of(field: str) -> Reading | None:
    """How cells of a field are read; None where records have no such field."""
    known = FIELDS.get(field)
    if known is not None:
        return known
    for prefix, reading in _OPEN.items():
        if field.startswith(prefix) and field.removeprefix(prefix).strip(" ."):
            return read_phone if field == "payload.referred_identifiers.phone" else reading
    return None


def path_of(field: str) -> tuple[str, ...]:
    """Where a field stands in a record. What follows an open prefix is one name, points and all."""
    for prefix in _OPEN:
        if field.startswith(prefix):
            return (*prefix.rstrip(".").split("."), field.removeprefix(prefix))
    return tuple(field.split("."))
