"""Checking numbers: pure reading, nothing is stored or logged."""

import asyncio
from collections.abc import Sequence
from datetime import date

from kernel.phone import PhoneReport, inspect

_SLICE = 250
"""Numbers read before other requests get their turn: a few milliseconds."""


async def check_numbers(phones: Sequence[str], captured_on: date | None) -> list[PhoneReport]:
    """A report for each of `phones`, in order; never raises for any text."""
    reports: list[PhoneReport] = []
    for start in range(0, len(phones), _SLICE):
        reports += [inspect(phone, captured_on=captured_on) for phone in phones[start : start + _SLICE]]
        await asyncio.sleep(0)
    return reports
