"""Scopes, kinds of clients, and who may grant what."""

from collections.abc import Collection
from typing import Final, NamedTuple

from kernel.errors import FieldError, InvalidInput, PurposeNotAllowed, ScopeMissing
from kernel.privacy.purposes import Purpose

SCOPES: Final[dict[str, str]] = {
    "collect:write": "Write records, and see what became of them.",
    "subjects:read": "Look people up and read their fields, for a purpose.",
    "subjects:write": "Correct, merge and split people; release quarantined records.",
    "consents:read": "Read consents and receipts.",
    "consents:write": "Record and withdraw consents.",
    "verify:write": "Check numbers and send codes.",
    "social:read": "Read mentions and insights; analyse texts.",
    "social:write": "Bring in mentions; define topics.",
    "personas:read": "Read studies and personas.",
    "personas:write": "Define and run studies.",
    "privacy:manage": "Carry out the rights of data subjects.",
    "audit:read": "Read the audit trail and the forensics of collection.",
    "admin": "Manage clients, notices and sources.",
}

KINDS: Final = ("collector", "partner", "internal", "operator", "privacy_officer")


class FirstClient(NamedTuple):
    """A client of the first start (public contract)."""

    name: str
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    has_account: bool = False


FIRST_CLIENTS: Final = (
    FirstClient(
        "operator",
        tuple(scope for scope in SCOPES if scope != "privacy:manage"),
        ("service", "verification", "analytics", "profiling", "research", "marketing"),
        has_account=True,
    ),
    FirstClient(
        "privacy_officer",
        ("privacy:manage", "audit:read", "consents:read", "consents:write", "subjects:read"),
        ("legal", "service"),
        has_account=True,
    ),
    FirstClient("collector", ("collect:write", "consents:write", "verify:write"), ("verification",)),
    FirstClient("partner", ("subjects:read", "consents:read", "personas:read"), ("marketing",)),
)


def check_grant(
    scopes: Collection[str],
    purposes: Collection[str],
    *,
    own_scopes: Collection[str],
    own_purposes: Collection[str],
) -> None:
    """Nobody grants what it lacks.

    Raises InvalidInput for an unknown scope or purpose, ScopeMissing and PurposeNotAllowed for those not held.
    """
    errors = [
        FieldError("/scopes", f"There is no scope {scope!r}.") for scope in scopes if scope not in SCOPES
    ]
    errors += [
        FieldError("/purposes", f"There is no purpose {name!r}.")
        for name in purposes
        if name not in Purpose.__members__.values()
    ]
    if errors:
        raise InvalidInput(errors=errors)
    if lacking := set(scopes) - set(own_scopes):
        raise ScopeMissing(f"You lack what you would grant: {', '.join(sorted(lacking))}.")
    if lacking := set(purposes) - set(own_purposes):
        raise PurposeNotAllowed(f"You lack what you would grant: {', '.join(sorted(lacking))}.")
