"""How a text looks, whatever it says: what is typed to fill a form differs from what is meant. One-hot numbers."""

import math
from typing import Final

WEIGHT: Final = 0.4
_MOST: Final = {"length": 12, "variety": 10, "capitals": 10, "signs": 10, "width": 12, "lines": 5}
"""The last step of each measure."""
NAMES: Final = tuple(f"shape {measure} {step}" for measure, most in _MOST.items() for step in range(most + 1))


def shapes(text: str) -> list[float]:
    """The numbers of `NAMES`: one of each measure is WEIGHT, the others are 0."""
    words, length = text.split(), max(1, len(text))
    count = max(1, len(words))
    capitals = sum(map(str.isupper, text))
    signs = length - sum(map(str.isalnum, text)) - sum(map(str.isspace, text))
    steps = (
        int(3 * math.log1p(len(words))), int(10 * len(set(words)) / count), int(10 * capitals / length),
        int(20 * signs / length), int(len(text) / count), text.count("\n"),
    )  # fmt: skip
    told: list[float] = []
    for step, most in zip(steps, _MOST.values(), strict=True):
        row = [0.0] * (most + 1)
        row[max(0, min(step, most))] = WEIGHT
        told += row
    return told
