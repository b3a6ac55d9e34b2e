"""What a decision is about, and how it is made: Cedar over facts, a pure function, remembered."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from gateway.policy.tokens import token_of
from kernel.privacy.catalogue import ATTRIBUTES, IDENTIFIERS, UNKNOWN, entry
from kernel.privacy.classes import Legal, Tier
from kernel.privacy.masking import Mask, mask

Disclosure = Literal["clear", "token", "masked", "withheld"]
LADDER: Final[tuple[Disclosure, ...]] = ("clear", "token", "masked")
"""From most to least: the first that the policies permit is what the client sees."""

FIELDS: Final = tuple(name for name in (*IDENTIFIERS, *ATTRIBUTES) if name != "social")
"""What may be asked for, beside `social.<platform>`."""

DOCUMENTS: Final = frozenset({"national_id", "passport", "driver_licence", "tax_code", "birth_certificate"})

UNDECIDED: Final = "undecided"
"""The reason where the policies could not be evaluated: an error is a denial."""
NOT_NEEDED: Final = "purpose-does-not-need-it"
"""The reason where no policy permits."""

_SOCIAL = re.compile(r"social\.[a-z][a-z_]{0,19}")
_FOLDER = Path(__file__).parent
_CACHE = 100_000
_GATES = (
    "purpose-not-allowed", "consent-missing", "restricted", "guardian-missing", "recipient-not-named",
    "transfer-not-allowed", "field-not-granted",
)  # fmt: skip
"""The gates in the order in which they are told, where several are shut."""


class FieldClass(StrEnum):
    """The classes of `schema.cedarschema`."""

    PERSON = "person"
    CONTACT = "contact"
    DOCUMENT = "document"
    SENSITIVE = "sensitive"
    BIRTH = "birth"
    LINKABLE = "linkable"
    REFERENCE = "reference"
    ONLINE = "online"


class Fact(StrEnum):
    """What is known to be so; each speaks for access, and one that is missing denies."""

    CONSENT = "consent"
    UNRESTRICTED = "unrestricted"
    PURPOSE_GRANTED = "purpose_granted"
    FIELD_GRANTED = "field_granted"
    REPRESENTED = "represented"
    NAMED = "named"
    DOMESTIC = "domestic"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one decision depends on, and nothing else."""

    kind: str
    """The client's."""
    purpose: str
    field_class: FieldClass
    facts: frozenset[Fact]


class Outcome(NamedTuple):
    """What a client sees of a field; `reason` is the id of the policy that decided."""

    disclosure: Disclosure
    reason: str


class Admission(NamedTuple):
    """Whether something is permitted; `reason` is the id of the policy that decided."""

    allowed: bool
    reason: str


class Policies(NamedTuple):
    """Parsed policies, ready to be asked."""

    policies: Any
    schema: Any
    entities: Any


class PolicyBroken(RuntimeError):
    """The policy files do not parse, or do not fit their schema: the gateway must not start."""


@lru_cache(maxsize=1024)
def class_of(field: str) -> FieldClass:
    """The class of a field by the catalogue; what it does not list counts as sensitive, never as harmless."""
    found = entry(field)
    if found is UNKNOWN or found.label.legal is Legal.SENSITIVE:
        return FieldClass.SENSITIVE
    if found.label.tier is Tier.LINKED:
        return FieldClass.DOCUMENT if field in DOCUMENTS else FieldClass.CONTACT
    if found.label.tier is Tier.NON_PII:
        return FieldClass.ONLINE
    # of linkable fields most masks hide everything; these two still show something
    return {Mask.DATE: FieldClass.BIRTH, Mask.ID: FieldClass.REFERENCE}.get(found.mask, FieldClass.LINKABLE)


@lru_cache(maxsize=_CACHE)
def decide(asked: Asked) -> Outcome:
    """The most that our policies permit, remembered."""
    return outcome_under(our_policies(), asked)


def outcome_under(policies: Policies, asked: Asked) -> Outcome:
    """The most that `policies` permit; anything unclear, an error in evaluation included, is withheld."""
    refusals = []
    for disclosure in LADDER:
        allowed, reason = judge(policies, asked, disclosure)
        if allowed:
            return Outcome(disclosure, reason)
        refusals.append(reason)
    return Outcome("withheld", _weightiest(refusals))


@lru_cache(maxsize=_CACHE)
def admit(kind: str, purpose: str, facts: frozenset[Fact]) -> Admission:
    """Whether a client of that kind may know of the person at all, remembered."""
    return admission_under(our_policies(), kind, purpose, facts)


def admission_under(policies: Policies, kind: str, purpose: str, facts: frozenset[Fact]) -> Admission:
    """Whether `policies` let a client of that kind know of the person at all."""
    return judge(policies, Asked(kind, purpose, FieldClass.PERSON, facts), "find")


@lru_cache(maxsize=_CACHE)
def unseal(kind: str, purpose: str, facts: frozenset[Fact]) -> Admission:
    """Whether the seal on a field may be broken by a client of that kind that says why, remembered."""
    return judge(our_policies(), Asked(kind, purpose, FieldClass.PERSON, facts), "unseal")


def judge(policies: Policies, asked: Asked, action: str) -> Admission:
    """One evaluation. Cedar skips a policy that errs, also one that forbids; for us any error means: no."""
    import cedarpy

    request = {
        "principal": _entity("Kind", asked.kind),
        "action": _entity("Action", action),
        "resource": _entity("Class", asked.field_class),
        "context": {
            "purpose": _entity("Purpose", asked.purpose),
            "facts": [_entity("Fact", fact) for fact in sorted(asked.facts)],
        },
    }
    result = cedarpy.is_authorized(request, policies.policies, policies.entities, policies.schema)
    if result.diagnostics.errors:
        return Admission(allowed=False, reason=UNDECIDED)
    names = result.diagnostics.id_annotations_by_reason
    reasons = [str(names.get(policy, policy)) for policy in result.diagnostics.reasons]
    return Admission(result.allowed, _weightiest(reasons))


def _entity(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": str(name)}


def _weightiest(reasons: list[str]) -> str:
    """The one reason that is told: an error, then the gates in their order, then the first other by name."""
    first = (reason for reason in (UNDECIDED, *_GATES) if reason in reasons)
    return next(first, min(reasons, default=NOT_NEEDED))


def parsed(policies: str, schema: str) -> Policies:
    """Policies ready to be asked. Raises PolicyBroken with what does not parse or does not fit the schema."""
    import cedarpy

    try:
        made = Policies(
            cedarpy.PolicySet.from_str(policies),
            cedarpy.Schema.from_str(schema),
            cedarpy.Entities.from_json_str("[]"),
        )
    except ValueError as error:
        raise PolicyBroken(f"The policies cannot be read: {error}") from error
    result = cedarpy.validate_policies(policies, made.schema)
    if not result.validation_passed:
        raise PolicyBroken("; ".join(str(error) for error in result.errors))
    return made


@cache
def our_policies() -> Policies:
    """The gateway's own. Raises PolicyBroken."""
    return parsed(policy_text(), schema_text())


def policy_files() -> dict[str, str]:
    """The policies by file, as people read them."""
    return {path.name: path.read_text("utf-8") for path in sorted(_FOLDER.glob("*.cedar"))}


def policy_text() -> str:
    """All policies."""
    return "\n".join(policy_files().values())


def schema_text() -> str:
    """The schema they are held to."""
    return (_FOLDER / "schema.cedarschema").read_text("utf-8")


def mind_policies() -> None:
    """Returns where the policies fit their schema. Raises PolicyBroken with what does not."""
    our_policies()


def shown(field: str, value: str, disclosure: Disclosure, secret: bytes) -> str | None:
    """`value` as the client sees it; `secret` makes tokens that are stable for that client alone."""
    if disclosure == "clear":
        return value
    if disclosure == "masked":
        return mask(entry(field).mask, value)
    return token_of(secret, field, value) if disclosure == "token" else None


def unknown_fields(names: Iterable[str]) -> list[str]:
    """Those of `names` that are no fields."""
    return [name for name in names if name not in FIELDS and not _is_social(name)]


def _is_social(name: str) -> bool:
    return _SOCIAL.fullmatch(name) is not None
