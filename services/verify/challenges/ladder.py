"""The order in which channels are tried: by what a verified number costs on each, as measured."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from services.verify.senders.port import Channel

EXPECTED: Final[dict[str, float]] = {"sms": 0.8, "zalo": 0.25, "voice": 0.4}
"""Share of codes that are used, before anything was measured: Zalo reaches those who use it and allow it."""
WEIGHT: Final = 200
"""How many codes the expectation counts for: measured conversion outweighs it slowly."""


class Measured(NamedTuple):
    """Codes of a channel that ended in the last week, and those of them that were used."""

    ended: int
    verified: int


def conversion(channel: str, measured: Measured) -> float:
    """The share of codes that are used on `channel`."""
    return (measured.verified + WEIGHT * EXPECTED[channel]) / (measured.ended + WEIGHT)


def order_ladder(
    prices: Mapping[Channel, int], measured: Mapping[str, Measured], asked: str = "auto"
) -> list[Channel]:
    """The channels to try, cheapest a verified number first; the asked one alone where one was asked for."""
    if asked != "auto":
        return [channel for channel in prices if channel == asked]
    nothing = Measured(0, 0)
    return sorted(prices, key=lambda one: (prices[one] / conversion(one, measured.get(one, nothing)), one))


def steps(ladder: str) -> list[str]:
    """The channels left, as a row keeps them."""
    return ladder.split()


def written(channels: Sequence[str] | Iterable[str]) -> str:
    """As a row keeps them."""
    return " ".join(channels)
