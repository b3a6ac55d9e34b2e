"""Kinds of requests and their clocks (Decree 356/2025): pure rules over days."""

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from gateway.consent.domain import HERE

ACKNOWLEDGE_DAYS: Final = 2
"""Working days in which a request is acknowledged."""

SERVICES: Final = ("ingest", "verify", "social", "persona", "gateway")
"""Who must confirm an erasure."""

OBJECTED: Final = ("analytics", "profiling", "marketing", "research", "sharing")
"""What an objection ends where it names no purpose: everything that the contract with the person does not need."""


class Kind(StrEnum):
    """What a person may ask for."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFY = "rectify"
    ERASE = "erase"
    RESTRICT = "restrict"
    OBJECT = "object"


class State(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class Clock(NamedTuple):
    """Days from the request until it is carried out: by ourselves, with processors, and the one extension."""

    own: int
    with_processors: int
    extension: int


CLOCKS: Final = {
    Kind.ACCESS: Clock(10, 15, 10),
    Kind.PORTABILITY: Clock(10, 15, 10),
    Kind.RECTIFY: Clock(10, 15, 10),
    Kind.ERASE: Clock(20, 30, 20),
    Kind.RESTRICT: Clock(15, 20, 15),
    Kind.OBJECT: Clock(15, 20, 15),
}


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Vietnam's working days: Monday to Friday without public holidays, as far as nothing else was decided."""

    off: frozenset[date] = frozenset()
    """Days decided to be free beside the known ones."""
    on: frozenset[date] = frozenset()
    """Days decided to be worked, though they are a weekend or a holiday."""

    @classmethod
    def read(cls, path: Path | None) -> "WorkingDays":
        """From a TOML file with the lists `off` and `on` of dates. Raises OSError or ValueError where it is none."""
        if path is None:
            return cls()
        told = tomllib.loads(path.read_text("utf-8"))
        return cls(_dates(told.get("off", ())), _dates(told.get("on", ())))

    def is_working(self, day: date) -> bool:
        """Whether people work on that day."""
        if day in self.on:
            return True
        return day.weekday() < 5 and day not in self.off and day not in _public_holidays(day.year)

    def after(self, moment: datetime, days: int) -> datetime:
        """The end of the working day that is `days` working days after that of `moment`, in Vietnam."""
        day = moment.astimezone(HERE).date()
        while days:
            day += timedelta(days=1)
            days -= self.is_working(day)
        return _end_of(day)


def _dates(given: Iterable[object]) -> frozenset[date]:
    days = frozenset(given)
    if not all(isinstance(day, date) for day in days):
        raise ValueError("the file of working days may hold dates only, such as 2027-02-08")
    return days  # type: ignore[return-value]  # looked at just above


@cache
def _public_holidays(year: int) -> Collection[date]:
    import holidays

    return frozenset(holidays.country_holidays("VN", years=year))


def due(kind: Kind, filed: datetime, *, processors: bool, extended: bool = False) -> datetime:
    """Until when a request is to be carried out: calendar days, which is the stricter reading of the decree."""
    clock = CLOCKS[kind]
    days = (clock.with_processors if processors else clock.own) + (clock.extension if extended else 0)
    return _end_of(filed.astimezone(HERE).date() + timedelta(days=days))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), HERE)
