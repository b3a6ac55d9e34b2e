"""What the policies promise, whatever is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.domain import (
    FIELDS,
    LADDER,
    NOT_NEEDED,
    UNDECIDED,
    Asked,
    Fact,
    FieldClass,
    Outcome,
    Policies,
    PolicyBroken,
    admit,
    class_of,
    decide,
    judge,
    our_policies,
    parsed,
    policy_text,
    schema_text,
    shown,
    unknown_fields,
    unseal,
)
from kernel.privacy.purposes import Purpose

KINDS = ("collector", "internal", "operator", "partner", "privacy_officer")
STAFF = ("internal", "operator", "privacy_officer")
ALL = frozenset(Fact)
TELLS = {"withheld": 0, "masked": 1, "token": 1, "clear": 2}
"""How much a disclosure tells."""

kinds, purposes = st.sampled_from(KINDS), st.sampled_from(sorted(Purpose))
classes = st.sampled_from([one for one in FieldClass if one is not FieldClass.PERSON])
fact_sets = st.frozensets(st.sampled_from(sorted(Fact)))


@settings(max_examples=400)
@given(kinds, purposes, classes, fact_sets, fact_sets)
def test_taking_a_fact_away_never_tells_more(
    kind: str, purpose: str, field_class: FieldClass, facts: frozenset[Fact], removed: frozenset[Fact]
) -> None:
    before = decide(Asked(kind, purpose, field_class, facts))
    after = decide(Asked(kind, purpose, field_class, facts - removed))
    assert TELLS[after.disclosure] <= TELLS[before.disclosure]
    assert admit(kind, purpose, facts).allowed >= admit(kind, purpose, facts - removed).allowed


@given(kinds, purposes, classes, st.sampled_from(sorted(Fact)))
def test_without_any_one_fact_only_a_privacy_officer_on_legal_duty_sees_anything(
    kind: str, purpose: str, field_class: FieldClass, missing: Fact
) -> None:
    outcome = decide(Asked(kind, purpose, field_class, ALL - {missing}))
    duty = kind == "privacy_officer" and purpose == "legal"
    if duty and missing in (Fact.CONSENT, Fact.UNRESTRICTED, Fact.REPRESENTED, Fact.NAMED):
        assert outcome == Outcome("clear", "legal-duty")
    elif missing is Fact.NAMED and kind != "partner":
        assert outcome == decide(Asked(kind, purpose, field_class, ALL))
    else:
        assert outcome.disclosure == "withheld"


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (Fact.PURPOSE_GRANTED, "purpose-not-allowed"),
        (Fact.CONSENT, "consent-missing"),
        (Fact.UNRESTRICTED, "restricted"),
        (Fact.FIELD_GRANTED, "field-not-granted"),
        (Fact.REPRESENTED, "guardian-missing"),
        (Fact.NAMED, "recipient-not-named"),
        (Fact.DOMESTIC, "transfer-not-allowed"),
    ],
)
def test_a_shut_gate_says_which_one_it_is(missing: Fact, reason: str) -> None:
    assert decide(Asked("partner", "sharing", FieldClass.CONTACT, ALL - {missing})).reason == reason


def every_question() -> Iterator[Asked]:
    """The whole space of what a decision may depend on."""
    for kind, purpose, field_class in product(KINDS, sorted(Purpose), FieldClass):
        for size in range(len(Fact) + 1):
            for facts in combinations(sorted(Fact), size):
                yield Asked(kind, purpose, field_class, frozenset(facts))


def batch_verdicts(action: str) -> dict[Asked, bool]:
    """What the engine says of every question, asked all at once by its own interface for that."""
    policies, questions = our_policies(), list(every_question())
    facts = {one: [{"type": "Fact", "id": fact} for fact in sorted(one.facts)] for one in questions}
    requests = [
        {
            "principal": {"type": "Kind", "id": one.kind},
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Class", "id": one.field_class},
            "context": {"purpose": {"type": "Purpose", "id": one.purpose}, "facts": facts[one]},
        }
        for one in questions
    ]
    answers = cedarpy.is_authorized_batch(requests, policies.policies, policies.entities, policies.schema)
    assert not any(answer.diagnostics.errors for answer in answers)
    return {one: answer.allowed for one, answer in zip(questions, answers, strict=True)}


def test_what_is_remembered_is_what_the_engine_says_over_the_whole_space_and_no_fact_speaks_against_access() -> (
    None
):
    """8 classes, 8 purposes, 5 kinds and 128 sets of facts: 40,960 questions, for each way of showing."""
    allowed = {action: batch_verdicts(action) for action in LADDER}
    checked = 0
    for asked in every_question():
        expected = next((one for one in LADDER if allowed[one][asked]), "withheld")
        for fact in asked.facts:  # by induction: taking any set away never opens anything
            less = replace(asked, facts=asked.facts - {fact})
            assert all(allowed[one][asked] >= allowed[one][less] for one in LADDER)
        if asked.field_class is not FieldClass.PERSON and len(asked.facts) >= len(Fact) - 2:
            assert decide(asked).disclosure == expected
            assert decide(asked) is decide(asked), "remembered"
            checked += 1
        elif expected != "withheld":
            assert decide(asked).disclosure == expected
    assert checked == 5 * 8 * 7 * (1 + 7 + 21)


@given(kinds, purposes, fact_sets, fact_sets)
def test_an_emergency_opens_no_gate(
    kind: str, purpose: str, facts: frozenset[Fact], removed: frozenset[Fact]
) -> None:
    opened = unseal(kind, purpose, facts).allowed
    assert opened <= admit(kind, purpose, facts).allowed
    assert opened <= (kind in ("operator", "privacy_officer"))
    assert opened >= unseal(kind, purpose, facts - removed).allowed


@given(purposes, classes)
def test_partners_never_see_papers_or_what_is_sensitive_and_reach_people_only_where_these_agreed_to_sharing(
    purpose: str, field_class: FieldClass
) -> None:
    outcome = decide(Asked("partner", purpose, field_class, ALL))
    if field_class in (FieldClass.DOCUMENT, FieldClass.SENSITIVE):
        assert outcome == Outcome("withheld", NOT_NEEDED)
    if field_class is FieldClass.CONTACT and purpose != "sharing":
        assert outcome.disclosure in ("masked", "withheld")
    if field_class in (FieldClass.REFERENCE, FieldClass.ONLINE):
        assert outcome.disclosure in ("token", "withheld")


@pytest.mark.parametrize("kind", STAFF)
@pytest.mark.parametrize(
    ("purpose", "field_class", "disclosure"),
    [
        ("service", FieldClass.CONTACT, "clear"),
        ("service", FieldClass.DOCUMENT, "masked"),
        ("verification", FieldClass.DOCUMENT, "clear"),
        ("marketing", FieldClass.CONTACT, "clear"),
        ("marketing", FieldClass.DOCUMENT, "withheld"),
        ("analytics", FieldClass.CONTACT, "masked"),
        ("analytics", FieldClass.LINKABLE, "clear"),
        ("profiling", FieldClass.REFERENCE, "token"),
        ("profiling", FieldClass.SENSITIVE, "withheld"),
    ],
)
def test_our_own_people_see_what_their_purpose_needs(
    kind: str, purpose: str, field_class: FieldClass, disclosure: str
) -> None:
    assert decide(Asked(kind, purpose, field_class, ALL)).disclosure == disclosure


def test_marketing_partners_get_contacts_masked() -> None:
    assert decide(Asked("partner", "marketing", FieldClass.CONTACT, ALL)).disclosure == "masked"


@pytest.mark.parametrize(
    "asked",
    [
        Asked("stranger", "service", FieldClass.CONTACT, ALL),
        Asked("operator", "curiosity", FieldClass.CONTACT, ALL),
        Asked("operator", "service", "odd", ALL),  # type: ignore[arg-type]  # on purpose
    ],
)
def test_what_the_schema_does_not_know_is_withheld(asked: Asked) -> None:
    assert decide(asked) == Outcome("withheld", UNDECIDED)


def test_a_forbid_that_errs_denies_although_cedar_would_skip_it() -> None:
    text = 'permit (principal, action, resource); forbid (principal, action, resource) when { context.lost == "x" };'
    broken = Policies(cedarpy.PolicySet.from_str(text), None, cedarpy.Entities.from_json_str("[]"))
    asked = Asked("operator", "service", FieldClass.CONTACT, ALL)
    assert cedarpy.is_authorized(
        {"principal": 'Kind::"operator"', "action": 'Action::"clear"', "resource": 'Class::"contact"'},
        broken.policies,
        broken.entities,
    ).allowed
    verdict = judge(broken, asked, "clear")
    assert not verdict.allowed
    assert verdict.reason == UNDECIDED


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('Fact::"consent"', 'Fact::"consnet"'),
        ('Purpose::"marketing"', 'Purpose::"marketting"'),
        ("context.facts", "context.fact"),
        ("permit (", "permt ("),
    ],
)
def test_a_policy_with_a_slip_of_the_pen_stops_the_start(good: str, bad: str) -> None:
    assert good in policy_text()
    parsed(policy_text(), schema_text())
    with pytest.raises(PolicyBroken):
        parsed(policy_text().replace(good, bad), schema_text())


def test_every_policy_has_an_id_that_can_be_told_as_a_reason() -> None:
    policies = json.loads(cedarpy.policies_to_json_str(policy_text()))["staticPolicies"]
    assert len(policies) > 10
    assert all(policy["annotations"].get("id") for policy in policies.values())


@pytest.mark.parametrize(
    ("field", "field_class"),
    [
        ("phone", FieldClass.CONTACT),
        ("full_name", FieldClass.CONTACT),
        ("address.line", FieldClass.CONTACT),
        ("social.zalo", FieldClass.CONTACT),
        ("national_id", FieldClass.DOCUMENT),
        ("birth_certificate", FieldClass.DOCUMENT),
        ("payment_card", FieldClass.SENSITIVE),
        ("health", FieldClass.SENSITIVE),
        ("date_of_birth", FieldClass.BIRTH),
        ("gender", FieldClass.LINKABLE),
        ("external_id", FieldClass.REFERENCE),
        ("device_id", FieldClass.ONLINE),
        ("shoe_size", FieldClass.SENSITIVE),
    ],
)
def test_the_class_of_a_field_follows_the_catalogue(field: str, field_class: FieldClass) -> None:
    assert class_of(field) is field_class


def test_every_field_of_the_catalogue_may_be_asked_for_and_nothing_else() -> None:
    assert unknown_fields([*FIELDS, "social.zalo"]) == []
    made_up = ["social", "social.", "social.Nguyễn", "0912345678", "phone ", ""]
    assert unknown_fields(made_up) == made_up


texts = st.text(min_size=1, max_size=60).filter(lambda text: text.strip() != "")


@given(st.sampled_from(FIELDS), texts, st.binary(min_size=32, max_size=32))
def test_only_clear_ever_shows_the_value(field: str, value: str, secret: bytes) -> None:
    assert shown(field, value, "clear", secret) == value
    assert shown(field, value, "withheld", secret) is None
    for hidden in ("masked", "token"):
        assert shown(field, value, hidden, secret) not in (value, value.strip(), None)  # type: ignore[arg-type]


@given(texts, texts, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_tokens_are_stable_for_one_client_and_join_nothing_between_two(
    value: str, other: str, mine: bytes, theirs: bytes
) -> None:
    token = shown("external_id", value, "token", mine)
    assert token == shown("external_id", value, "token", mine)
    assert (token == shown("external_id", other, "token", mine)) == (value == other)
    assert (token == shown("external_id", value, "token", theirs)) == (mine == theirs)
    assert token != shown("device_id", value, "token", mine)
