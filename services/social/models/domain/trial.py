"""The frozen test: a new model answers only where it is no worse than the one before."""

from collections.abc import Mapping
from typing import Final

MOST_LOST: Final = 0.02
"""Macro-F1 that a head may lose on a test without the model being rejected: what chance moves on so few texts."""
HELD_OUT: Final = 5
"""Every fifth corrected mention is never learned: with the frozen test it judges."""
NIGHT_HOUR: Final = 2
FRESH_FOR_A_NIGHT: Final = 20
"""With so many new corrections a night is used for a training."""

Figures = Mapping[str, float]
"""`test/head` to macro-F1, 0..1."""


def losses(before: Figures, after: Figures) -> list[str]:
    """Where the new model is worse than allowed, by `test/head`; a question that it does not answer any more is one."""
    return sorted(name for name, old in before.items() if after.get(name, 0.0) < old - MOST_LOST)


def is_held_out(mention_id: str) -> bool:
    """Whether a mention judges models rather than teaching them: always the same, as its id is a keyed hash."""
    return int(mention_id.replace("-", "")[-8:], 16) % HELD_OUT == 0


def is_night(now_ms: int, last_ms: int, fresh: int) -> bool:
    """Whether a training is due: at night in Vietnam, once, where enough was corrected since the last one."""
    hour = (now_ms // 3_600_000 + 7) % 24
    return hour == NIGHT_HOUR and fresh >= FRESH_FOR_A_NIGHT and now_ms - last_ms > 12 * 3_600_000
