"""What a message says of consent: preferences, a source's default, and Global Privacy Control."""

from datetime import datetime, timedelta
from typing import Any, Final

from kernel.privacy.purposes import Purpose
from services.ingest.sources.domain import DefaultConsent
from services.ingest.tracking.domain.person import text_of
from services.ingest.tracking.domain.times import corrected, moment_in

OBJECTED_BY_GPC: Final = (Purpose.ANALYTICS, Purpose.PROFILING, Purpose.MARKETING, Purpose.SHARING)
"""What a visitor objects to by Global Privacy Control."""

PREFERENCES: Final = "preferences"
"""The method of an act of consent that came as a consent manager's categoryPreferences."""

FALLBACK_NOTICE: Final = ("core", 1)
_DEFAULT: Final = "default"


def agreement_of(
    given: Any,
    default: DefaultConsent | None,
    who: str,
    *,
    objects: bool,
    occurred: datetime,
    skew: timedelta,
    received: datetime,
) -> dict[str, Any] | None:
    """The consent block of the record; None where nothing is said of consent.

    Preferences say for each purpose yes or no; a no, and what `objects` (Global Privacy Control) stands for, is
    refused, so that no earlier consent stands for this record. A source's default counts only where the message
    has no preferences. Preferences are repeated with each message: their proof is what they say, so that the same
    words after a withdrawal are no new act; a banner that names its act (`id`, `captured_at`) makes new ones.
    """
    told = given if isinstance(given, dict) else {}
    preferences = told.get("categoryPreferences")
    agreed: list[str] = []
    refused: list[str] = list(OBJECTED_BY_GPC) if objects else []
    if isinstance(preferences, dict):
        for purpose, answer in preferences.items():
            if purpose in _PURPOSES and purpose not in refused:
                (agreed if answer is True else refused).append(purpose)
        block = _block(told, default, PREFERENCES)
        at = moment_in(text_of(told.get("captured_at")))
        captured = corrected(at, skew, received) if at else occurred
        block["proof"] = f"{who}|{text_of(told.get('id'))}|{','.join(sorted(agreed))}"
    elif default is not None or objects:
        block = _block({}, default, _DEFAULT)
        agreed = [purpose for purpose in (default.purposes if default else ()) if purpose not in refused]
        captured = occurred
    else:
        return None
    block |= {"purposes": agreed, "captured_at": captured}
    if refused:
        block["refused"] = refused
    return block


def _block(told: dict[str, Any], default: DefaultConsent | None, method: str) -> dict[str, Any]:
    notice, version = (default.notice, default.version) if default else FALLBACK_NOTICE
    named, number = text_of(told.get("notice")), told.get("version")
    if named and isinstance(number, int) and not isinstance(number, bool):
        notice, version = named, number
    return {"notice": notice, "version": version, "method": method}


_PURPOSES: Final = frozenset(Purpose)
