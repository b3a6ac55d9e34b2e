"""Every identifier and attribute a record may carry, with both labels and its mask: the one catalogue.

A name that is not listed is treated as linked PII: sealed, masked whole, never published.
"""

from typing import Final, NamedTuple

from kernel.privacy.classes import Family, Label, Legal, Tier, label
from kernel.privacy.masking import Mask

_LINKED = label(Tier.LINKED)
_LINKED_SENSITIVE = label(Tier.LINKED, Legal.SENSITIVE)
_LINKABLE = label(Tier.LINKABLE)
_LINKABLE_SENSITIVE = label(Tier.LINKABLE, Legal.SENSITIVE)
_ONLINE = label(Tier.NON_PII)


class Entry(NamedTuple):
    """A field's label and how it is masked for display. `sealed`: it is stored in the vault only, and leaves
    it only by the reveal door."""

    label: Label
    mask: Mask

    @property
    def sealed(self) -> bool:
        """Linked PII never leaves the vault in clear; sensitive linkable data neither."""
        return self.label.tier is Tier.LINKED or self.label == _LINKABLE_SENSITIVE


UNKNOWN: Final = Entry(_LINKED, Mask.WHOLE)

IDENTIFIERS: Final[dict[str, Entry]] = {
    "phone": Entry(_LINKED, Mask.PHONE),
    "email": Entry(_LINKED, Mask.EMAIL),
    "national_id": Entry(_LINKED, Mask.ID),
    "passport": Entry(_LINKED, Mask.ID),
    "driver_licence": Entry(_LINKED, Mask.ID),
    "tax_code": Entry(_LINKED, Mask.ID),
    "payment_card": Entry(_LINKED_SENSITIVE, Mask.CARD),
    "birth_certificate": Entry(_LINKED, Mask.ID),
    "social": Entry(_LINKED, Mask.ID),
    "external_id": Entry(_LINKABLE, Mask.ID),
    "device_id": Entry(_ONLINE, Mask.ID),
    "cookie_id": Entry(_ONLINE, Mask.ID),
    "anonymous_id": Entry(_ONLINE, Mask.ID),
    "ip": Entry(_ONLINE, Mask.IP),
}
"""Identifier kinds; `social` stands for every `social.<platform>`."""

ATTRIBUTES: Final[dict[str, Entry]] = {
    "full_name": Entry(_LINKED, Mask.NAME),
    "first_name": Entry(_LINKED, Mask.NAME),
    "last_name": Entry(_LINKED, Mask.NAME),
    "date_of_birth": Entry(_LINKABLE, Mask.DATE),
    "age": Entry(_LINKABLE, Mask.WHOLE),
    "gender": Entry(_LINKABLE, Mask.WHOLE),
    "address": Entry(_LINKED, Mask.ADDRESS),
    "address.line": Entry(_LINKED, Mask.ADDRESS),
    "address.ward": Entry(_LINKABLE, Mask.WHOLE),
    "address.district": Entry(_LINKABLE, Mask.WHOLE),
    "address.province": Entry(_LINKABLE, Mask.WHOLE),
    "address.country": Entry(_LINKABLE, Mask.WHOLE),
    "address.current": Entry(_LINKED, Mask.ADDRESS),
    "address.current_province": Entry(_LINKABLE, Mask.WHOLE),
    "occupation": Entry(_LINKABLE, Mask.WHOLE),
    "workplace": Entry(_LINKABLE, Mask.WHOLE),
    "job_title": Entry(_LINKABLE, Mask.WHOLE),
    "education": Entry(_LINKABLE, Mask.WHOLE),
    "marital_status": Entry(_LINKABLE, Mask.WHOLE),
    "household_size": Entry(_LINKABLE, Mask.WHOLE),
    "income": Entry(_LINKABLE, Mask.WHOLE),
    "nationality": Entry(_LINKABLE, Mask.WHOLE),
    "language": Entry(_LINKABLE, Mask.WHOLE),
    "ethnicity": Entry(_LINKABLE_SENSITIVE, Mask.WHOLE),
    "religion": Entry(_LINKABLE_SENSITIVE, Mask.WHOLE),
    "political_view": Entry(_LINKABLE_SENSITIVE, Mask.WHOLE),
    "health": Entry(_LINKABLE_SENSITIVE, Mask.WHOLE),
    "bank_account": Entry(_LINKED_SENSITIVE, Mask.ID),
    "location": Entry(_LINKABLE_SENSITIVE, Mask.WHOLE),
}
"""Attributes of a subject; parts of a nested one are written with a dot."""

FAMILIES: Final[dict[str, Label]] = {
    "transaction": label(Tier.NON_PII, Legal.BASIC, Family.BEHAVIOURAL),
    "attendance": label(Tier.NON_PII, Legal.BASIC, Family.BEHAVIOURAL),
    "referral": label(Tier.NON_PII, Legal.BASIC, Family.BEHAVIOURAL),
    "interaction": label(Tier.NON_PII, Legal.SENSITIVE, Family.BEHAVIOURAL),
    "survey": label(Tier.NON_PII, Legal.BASIC, Family.ATTITUDINAL),
    "interview": label(Tier.NON_PII, Legal.BASIC, Family.ATTITUDINAL),
    "feedback": label(Tier.NON_PII, Legal.BASIC, Family.ATTITUDINAL),
}
"""Record kind to the label of its payload once PII is taken out of it."""


def identifier(kind: str) -> Entry:
    """The entry of an identifier kind (`social.zalo` included); `UNKNOWN` where it is not listed."""
    return IDENTIFIERS.get("social" if kind.startswith("social.") else kind, UNKNOWN)


def attribute(name: str) -> Entry:
    """The entry of an attribute by its dotted name; `UNKNOWN` where it is not listed."""
    return ATTRIBUTES.get(name, UNKNOWN)


def entry(name: str) -> Entry:
    """The entry of a field whether identifier or attribute; `UNKNOWN` where it is neither."""
    found = identifier(name)
    return attribute(name) if found is UNKNOWN else found
