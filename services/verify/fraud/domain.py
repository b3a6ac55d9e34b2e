"""Published rules against pumping and invented numbers. Each says what it saw; thresholds are settings.

Blocking rules block only where the guard is told to enforce; the others only tell.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from kernel.phone import is_template

WINDOW: Final = timedelta(minutes=10)
"""Doubts of one rule and scope within it are one alert."""


class Traffic(NamedTuple):
    """What is sent at this moment, around one number."""

    number: str
    """E.164; looked at, never kept."""
    prefix: str
    neighbours: int
    """Different numbers of the same block of a hundred in the last hour, this one included."""
    prefix_ended: int
    prefix_verified: int
    """Verifications of the prefix that ended in the last hour, and those of them that were proved."""
    all_ended: int
    all_verified: int
    """The same of all numbers in the last 15 minutes."""


class Thresholds(NamedTuple):
    """Where each rule begins to doubt (see the settings of the same names)."""

    neighbours: int
    prefix_sends: int
    prefix_conversion: float
    all_sends: int
    all_conversion: float


class Doubt(NamedTuple):
    """A rule that holds; `code` is stable, `scope` is what an alert is about."""

    code: str
    detail: str
    scope: str
    blocks: bool


RULES: Final = {
    "sequential-numbers": "Many numbers of one block of a hundred within an hour.",
    "prefix-conversion": "Codes to one prefix are hardly ever used: somebody is paid for traffic.",
    "template-number": "The digits follow a pattern; people who invent numbers type those. Never blocks.",
    "global-failure": "Hardly any code is used at all: a carrier may be down. Never blocks.",
    "cap-number": "A number reached its codes of ten minutes or a day.",
    "cap-client": "A client reached its codes of an hour.",
    "cap-ip": "An address reached its codes of an hour.",
    "cap-device": "A device reached its codes of an hour.",
    "cap-collector": "A collector reached its codes of an hour.",
    "cap-prefix": "A prefix reached its codes of an hour.",
    "cap-vnd": "The spending breaker of an hour is open.",
}
"""Every rule by its code."""


def doubts_of(traffic: Traffic, thresholds: Thresholds) -> list[Doubt]:
    """Every rule that holds for a sending now."""
    rules = (_sequence, _prefix, _template, _global)
    return [doubt for rule in rules if (doubt := rule(traffic, thresholds))]


def window_of(at: datetime) -> datetime:
    """The beginning of the alert window that `at` falls in."""
    return at - timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)


def _sequence(traffic: Traffic, thresholds: Thresholds) -> Doubt | None:
    if traffic.neighbours < thresholds.neighbours:
        return None
    detail = f"{traffic.neighbours} numbers of one block of 100 within an hour."
    return Doubt("sequential-numbers", detail, traffic.prefix, blocks=True)


def _prefix(traffic: Traffic, thresholds: Thresholds) -> Doubt | None:
    ended, verified = traffic.prefix_ended, traffic.prefix_verified
    if ended < thresholds.prefix_sends or verified >= ended * thresholds.prefix_conversion:
        return None
    detail = f"{verified} of {ended} codes to {traffic.prefix} were used within an hour."
    return Doubt("prefix-conversion", detail, traffic.prefix, blocks=True)


def _template(traffic: Traffic, thresholds: Thresholds) -> Doubt | None:
    if not is_template(traffic.number):
        return None
    return Doubt("template-number", "The digits follow a pattern.", traffic.prefix, blocks=False)


def _global(traffic: Traffic, thresholds: Thresholds) -> Doubt | None:
    ended, verified = traffic.all_ended, traffic.all_verified
    if ended < thresholds.all_sends or verified >= ended * thresholds.all_conversion:
        return None
    return Doubt("global-failure", f"{verified} of {ended} codes were used in 15 minutes.", "", blocks=False)
