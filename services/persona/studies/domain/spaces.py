"""The spaces in which the same people may fall into groups: fewer attributes, or the main directions of all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

RELATED = 0.8
"""Correlation from which only the first of two attributes is kept in the sparser spaces."""
DIRECTIONS = (0.9, 0.8, 0.7)
"""Shares of the variance that the main directions keep: what is left out is mostly noise of single attributes."""


@dataclass(frozen=True, slots=True)
class Space:
    """An affine subspace of the features' space, spanned by orthonormal `basis` (directions by columns) at `origin`.

    Distances between people differ from those in the whole space only by what lies outside it, which is the same to
    every centre inside it: the centre nearest in the space is the nearest in the whole space too.
    """

    name: str
    origin: "np.ndarray[Any, Any]"
    basis: "np.ndarray[Any, Any]"

    def into(self, points: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Coordinates of points of the whole space."""
        inside: np.ndarray[Any, Any] = (points - self.origin) @ self.basis
        return inside

    def back(self, inside: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Points of the whole space from coordinates."""
        points: np.ndarray[Any, Any] = inside @ self.basis.T + self.origin
        return points


def spaces_of(points: "np.ndarray[Any, Any]", names: Sequence[str]) -> list[Space]:
    """Every distinct space of `points`, the whole one first. `names` is the attribute of each column."""
    import numpy as np

    origin, found = points.mean(axis=0), []
    kept = {"all": list(range(len(names))), "sparse": unrelated(points, names)}
    if len(kept["sparse"]) in (len(names), 0):
        del kept["sparse"]
    for name, columns in kept.items():
        axes = np.eye(len(names))[:, columns]
        found.append(Space(name, origin, axes))
        seen = {len(columns)}
        _, strength, directions = np.linalg.svd((points - origin)[:, columns], full_matrices=False)
        told = np.cumsum(strength**2) / max(float((strength**2).sum()), 1e-12)
        for share in DIRECTIONS:
            count = int(np.searchsorted(told, share) + 1)
            if count >= 2 and count not in seen:
                seen.add(count)
                found.append(Space(f"{name}, {share:.0%}", origin, axes @ directions[:count].T))
    return found


def unrelated(points: "np.ndarray[Any, Any]", names: Sequence[str]) -> list[int]:
    """Columns without those that correlate above RELATED with an earlier one that is kept; levels of a category (an
    attribute of several columns) stay."""
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.nan_to_num(np.abs(np.corrcoef(points, rowvar=False)))
    columns_of, kept = Counter(names), list[int]()
    for column, name in enumerate(names):
        if columns_of[name] > 1 or not any(correlation[column, other] > RELATED for other in kept):
            kept.append(column)
    return kept
