"""The eight purposes, and which one each door needs.

Consent is asked for one purpose at a time; a stated legal basis opens `service` alone (Law 91/2025/QH15).
"""

from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What personal data may be used for; a person agrees to each by itself."""

    SERVICE = "service"
    VERIFICATION = "verification"
    ANALYTICS = "analytics"
    PROFILING = "profiling"
    MARKETING = "marketing"
    RESEARCH = "research"
    SHARING = "sharing"
    LEGAL = "legal"


BASIS: Final[dict[str, Purpose | None]] = {
    "profile": Purpose.SERVICE,
    "transaction": Purpose.SERVICE,
    "attendance": Purpose.SERVICE,
    "referral": Purpose.SERVICE,
    "interaction": Purpose.ANALYTICS,
    "survey": Purpose.ANALYTICS,
    "interview": Purpose.ANALYTICS,
    "feedback": Purpose.ANALYTICS,
    "market_note": None,
}
"""Record kind to the purpose that must be in force to store it; None: the record is about nobody."""

BASIS_OPENS: Final[dict[str, frozenset[Purpose]]] = {
    "contract": frozenset({Purpose.SERVICE}),
    "legal_obligation": frozenset({Purpose.SERVICE}),
}
"""Kind of a stated basis (with proof) to the purposes that it opens without consent."""


def opened_by(basis_kind: str | None) -> frozenset[Purpose]:
    """The purposes that a record's stated basis opens; none for no basis or an unknown one."""
    return BASIS_OPENS.get(basis_kind or "", frozenset())
