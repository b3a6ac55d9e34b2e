"""Vietnamese phone numbers: what was written, what it means, and since when.

`normalise` is for hot paths, `inspect` for people who ask why.
"""

from kernel.phone.numbers import normalise
from kernel.phone.report import Interpretation, Issue, PhoneReport, inspect

__all__ = ["Interpretation", "Issue", "PhoneReport", "inspect", "normalise"]
