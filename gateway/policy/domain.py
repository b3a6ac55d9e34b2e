"""What a decision is about, and how it is made: Cedar over facts, a pure function, remembered."""

import hmac
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from kernel.privacy.catalogue import ATTRIBUTES, IDENTIFIERS, entry
from kernel.privacy.classes import Tier
from kernel.privacy.masking import Mask, mask

Disclosure = Literal["clear", "token", "masked", "withheld"]
LADDER: Final[tuple[Disclosure, ...]] = ("clear", "token", "masked")
"""From most to least: the first that a policy permits is what the client sees."""

FIELDS: Final = tuple(name for name in (*IDENTIFIERS, *ATTRIBUTES) if name != "social")
"""What may be asked for, beside `social.<platform>`."""

_FOLDER = Path(__file__).parent
_TIERS = {Tier.LINKED: "linked", Tier.LINKABLE: "linkable", Tier.NON_PII: "non_pii"}
_CACHE = 100_000
_ID = re.compile(r'@id\("([^"]+)"\)')


@dataclass(frozen=True, slots=True)
class Asked:
    """The facts of one decision."""

    kind: str
    purpose: str
    tier: str
    legal: str
    is_identifier: bool
    is_document: bool
    consented: bool
    unrestricted: bool
    allowed_field: bool


class Outcome(NamedTuple):
    """What a client sees of a field, and why."""

    disclosure: Disclosure
    reason: str


class PolicyBroken(RuntimeError):
    """The policy files do not fit their schema: the gateway must not start."""


def asked_of(
    field: str, *, kind: str, purpose: str, consented: bool, unrestricted: bool, allowed_field: bool
) -> Asked:
    """The facts about `field` for a client of `kind`."""
    known = entry(field)
    return Asked(
        kind=kind,
        purpose=purpose,
        tier=_TIERS[known.label.tier],
        legal=known.label.legal.name.lower(),
        is_identifier=field.partition(".")[0] in IDENTIFIERS,
        is_document=known.mask in (Mask.ID, Mask.CARD) and known.label.tier is Tier.LINKED,
        consented=consented,
        unrestricted=unrestricted,
        allowed_field=allowed_field,
    )


@lru_cache(maxsize=_CACHE)
def decide(asked: Asked) -> Outcome:
    """The most that the policies permit; anything unclear, an error in evaluation included, is withheld."""
    for action in LADDER:
        policy = _permits(action, asked)
        if policy is not None:
            return Outcome(action, policy)
    return Outcome("withheld", _why_not(asked))


def _permits(action: str, asked: Asked) -> str | None:
    """The id of the policy that permits `action`, None where none does."""
    import cedarpy

    policies, schema, entities = _engine()
    request = {
        "principal": {"type": "Client", "id": asked.kind},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Field", "id": asked.tier},
        "context": asdict(asked),
    }
    result = cedarpy.is_authorized(request, policies, entities, schema)
    if result.diagnostics.errors:  # Cedar skips a policy that errs; for us it means: no
        return None
    if not result.allowed:
        return None
    named = next(iter(result.diagnostics.reasons), "")
    return _names().get(str(named), "permitted")


def _why_not(asked: Asked) -> str:
    if not asked.consented:
        return "consent-missing"
    if not asked.unrestricted:
        return "restricted"
    return "not-in-contract" if not asked.allowed_field else "policy"


@cache
def _engine() -> tuple[Any, Any, Any]:
    import cedarpy

    return (
        cedarpy.PolicySet.from_str(policy_text()),
        cedarpy.Schema.from_str(schema_text()),
        cedarpy.Entities.from_json_str("[]"),
    )


@cache
def _names() -> dict[str, str]:
    """Cedar's own numbering of policies to the ids that they carry."""
    return {f"policy{number}": name for number, name in enumerate(_ID.findall(policy_text()))}


def policy_text() -> str:
    """All policies, as people read them."""
    return "\n".join(path.read_text("utf-8") for path in sorted(_FOLDER.glob("*.cedar")))


def schema_text() -> str:
    """The schema they are held to."""
    return (_FOLDER / "schema.cedarschema").read_text("utf-8")


def mind_policies() -> None:
    """Returns where the policies fit their schema. Raises PolicyBroken with what does not."""
    import cedarpy

    result = cedarpy.validate_policies(policy_text(), schema_text())
    if not result.validation_passed:
        raise PolicyBroken("; ".join(str(error) for error in result.errors))


def shown(field: str, value: str, disclosure: Disclosure, secret: bytes) -> str | None:
    """`value` as the client sees it; `secret` makes tokens that are stable for that client alone."""
    if disclosure == "clear":
        return value
    if disclosure == "masked":
        return mask(entry(field).mask, value)
    if disclosure == "token":
        return "tok_" + hmac.digest(secret, f"{field}:{value}".encode(), "sha256").hex()[:32]
    return None


def unknown_fields(names: Iterable[str]) -> list[str]:
    """Those of `names` that are no fields."""
    return [name for name in names if name not in FIELDS and not _is_social(name)]


def _is_social(name: str) -> bool:
    kind, _, platform = name.partition(".")
    return kind == "social" and platform.isidentifier()
