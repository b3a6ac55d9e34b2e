"""Numbers that people type when they invent one."""

import re
from typing import Final

_STEPS: Final = "01234567890123456789"
_REPEATED = re.compile(r"(.)\1{5}|(..)\2{2}$|(...)\3$").search


def is_template(number: str) -> bool:
    """Whether the last seven digits of `number` (E.164) count up or down, or repeat themselves.

    Some such numbers are sold as lucky ones: it is a sign, never a proof.
    """
    local = number[-7:]
    runs = (local[start : start + 6] for start in (0, 1))
    counted = any(run in _STEPS or run[::-1] in _STEPS for run in runs)
    return counted or _REPEATED(local) is not None or len(set(local)) <= 2


def block_of(number: str) -> str:
    """The block of a hundred numbers that `number` lies in."""
    return number[:-2]
