"""Vietnamese phone numbers: what was written, what it means, and since when.

`normalise` is for hot paths, `inspect` for people who ask why.
"""

from kernel.phone.numbers import SETTLED, normalise
from kernel.phone.patterns import block_of, is_template
from kernel.phone.report import Interpretation, Issue, PhoneReport, inspect

__all__ = [
    "SETTLED",
    "Interpretation",
    "Issue",
    "PhoneReport",
    "block_of",
    "inspect",
    "is_template",
    "normalise",
]
