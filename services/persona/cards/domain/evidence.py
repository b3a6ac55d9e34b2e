"""Numbers with their evidence: n, a 95 % interval, the lift over everyone; small cells are never shown."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

Z95 = 1.959964
DIGITS = 6


class Estimate(NamedTuple):
    """A value about a group; `suppressed` ones show nothing at all."""

    value: float | str | None
    n: int | None
    interval: tuple[float, float] | None = None
    lift: float | None = None
    suppressed: bool = False

    def view(self) -> dict[str, Any]:
        """As the API shows it."""
        shown: dict[str, Any] = {
            "value": self.value,
            "n": self.n,
            "interval": self.interval,
            "lift": self.lift,
        }
        return {**shown, "suppressed": True} if self.suppressed else shown


SUPPRESSED = Estimate(None, None, suppressed=True)


def mean_estimate(
    values: "np.ndarray[Any, Any]", everyone: "np.ndarray[Any, Any]", threshold: int
) -> Estimate:
    """The mean of the known `values` with its normal interval; the lift is its ratio to everyone's mean.

    Suppressed below `threshold` people; no value where everyone's mean is zero says the lift.
    """
    import numpy as np

    known = values[~np.isnan(values)]
    if len(known) < threshold:
        return SUPPRESSED
    mean, error = float(known.mean()), float(known.std(ddof=1)) / sqrt(len(known)) if len(known) > 1 else 0.0
    overall = float(np.nanmean(everyone))
    lift = _round(mean / overall) if overall > 0 else None
    return Estimate(_round(mean), len(known), (_round(mean - Z95 * error), _round(mean + Z95 * error)), lift)


def share_estimate(count: int, n: int, overall: float | None, threshold: int) -> Estimate:
    """The share `count / n` with Wilson's interval; suppressed where it or its complement is a small cell."""
    if n < threshold or 0 < count < threshold or 0 < n - count < threshold:
        return SUPPRESSED
    share = count / n
    low, high = wilson(count, n)
    return Estimate(_round(share), n, (low, high), _round(share / overall) if overall else None)


def wilson(count: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: right for small n and shares near 0 and 1 too."""
    share, z2 = count / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return _round(max(0.0, centre - half)), _round(min(1.0, centre + half))


def shown_table(counts: Mapping[tuple[str, str], int], threshold: int) -> dict[tuple[str, str], int | None]:
    """A table (row, column) with small cells hidden, and more of them until no row and no column has a single hidden
    cell among others: sums, which are known or can be worked out from a lift, then give none away."""
    shown: dict[tuple[str, str], int | None] = {
        place: count if count >= threshold else None for place, count in counts.items()
    }
    changed = True
    while changed:
        changed = False
        for side in (0, 1):
            for name in {place[side] for place in counts}:
                line = [place for place in counts if place[side] == name]
                open_ = [place for place in line if shown[place] is not None]
                if len(open_) == len(line) - 1 and open_:
                    shown[min(open_, key=lambda place: (counts[place], place))] = None
                    changed = True
    return shown


def cramers_v(groups: Sequence[Any], traits: Sequence[Any]) -> float | None:
    """Association of group and trait in [0, 1], bias-corrected (Bergsma 2013); None with fewer than two of either."""
    import numpy as np

    pairs = [(group, trait) for group, trait in zip(groups, traits, strict=True) if trait is not None]
    if not pairs:
        return None
    _, rows = np.unique([str(group) for group, _ in pairs], return_inverse=True)
    _, columns = np.unique([str(trait) for _, trait in pairs], return_inverse=True)
    r, c, n = int(rows.max()) + 1, int(columns.max()) + 1, len(pairs)
    if min(r, c) < 2 or n < 3:
        return None
    seen = np.bincount(rows * c + columns, minlength=r * c).reshape(r, c)
    expected = seen.sum(1, keepdims=True) * seen.sum(0, keepdims=True) / n
    phi2 = float(((seen - expected) ** 2 / expected).sum()) / n
    corrected = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
    smallest = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return _round(min(1.0, sqrt(corrected / smallest))) if smallest > 0 else None


def _round(value: float) -> float:
    return round(value, DIGITS)
