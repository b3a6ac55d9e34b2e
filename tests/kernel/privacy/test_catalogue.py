"""Every field has both labels; an unknown one is treated as the most personal."""

import pytest

from kernel.privacy.catalogue import ATTRIBUTES, FAMILIES, IDENTIFIERS, UNKNOWN, attribute, entry, identifier
from kernel.privacy.classes import Family, Legal, Tier
from kernel.privacy.masking import Mask
from kernel.privacy.purposes import BASIS

LINKED = {
    *("phone", "email", "national_id", "passport", "driver_licence", "tax_code", "payment_card"),
    *("birth_certificate", "social", "full_name", "first_name", "last_name", "address", "address.line"),
    "address.current",
    "bank_account",
}


def test_the_missions_linked_pii_is_linked_and_sealed() -> None:
    everything = IDENTIFIERS | ATTRIBUTES
    assert {name for name, found in everything.items() if found.label.tier is Tier.LINKED} == LINKED
    assert all(everything[name].sealed for name in LINKED)


@pytest.mark.parametrize("name", ["ip", "cookie_id", "device_id", "anonymous_id"])
def test_online_identifiers_are_the_third_tier(name: str) -> None:
    assert entry(name).label.tier is Tier.NON_PII


@pytest.mark.parametrize("name", ["payment_card", "bank_account", "location", "health", "religion"])
def test_what_the_law_calls_sensitive_is_sealed(name: str) -> None:
    assert entry(name).label.legal is Legal.SENSITIVE
    assert entry(name).sealed


@pytest.mark.parametrize("name", ["mother_in_law", "", "social", "address.floor"])
def test_an_unknown_attribute_is_linked_and_masked_whole(name: str) -> None:
    assert attribute(name) == UNKNOWN
    assert UNKNOWN.sealed
    assert UNKNOWN.mask is Mask.WHOLE


def test_every_social_platform_is_covered() -> None:
    assert identifier("social.zalo") == IDENTIFIERS["social"]


def test_payloads_have_a_family_and_browsing_is_sensitive() -> None:
    assert set(FAMILIES) == set(BASIS) - {"profile", "market_note"}
    assert FAMILIES["interaction"].legal is Legal.SENSITIVE
    assert FAMILIES["survey"].family is Family.ATTITUDINAL
    assert FAMILIES["transaction"].family is Family.BEHAVIOURAL
