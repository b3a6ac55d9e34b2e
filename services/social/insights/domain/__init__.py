"""Numbers about numbers of mentions: shares, periods, spikes and who stands behind them. Pure rules, no I/O."""

from services.social.insights.domain.shares import Concentration, Gap, concentration, gap, rivals_of, wilson
from services.social.insights.domain.spikes import HISTORY_DAYS, Spike, find_spikes

__all__ = [
    "HISTORY_DAYS",
    "Concentration",
    "Gap",
    "Spike",
    "concentration",
    "find_spikes",
    "gap",
    "rivals_of",
    "wilson",
]
