"""A label is a plain value that any column can carry."""

from kernel.privacy.classes import SEALED, TECHNICAL, Family, Legal, Tier, label


def test_equal_labels_are_equal_and_basic_is_the_default() -> None:
    assert label(Tier.LINKABLE) == label(Tier.LINKABLE, Legal.BASIC)
    assert label(Tier.NON_PII, family=Family.BEHAVIOURAL) != label(Tier.NON_PII)


def test_ciphertext_counts_as_the_worst_it_may_hold() -> None:
    assert (SEALED.tier, SEALED.legal) == (Tier.LINKED, Legal.SENSITIVE)
    assert TECHNICAL.tier is Tier.NON_PII
