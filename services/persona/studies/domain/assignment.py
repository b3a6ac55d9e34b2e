"""Which group each person belongs to, how surely, why, and what would change it: by centroids, in numpy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.persona.studies.domain.features import Feature

if TYPE_CHECKING:
    import numpy as np

CHUNK = 50_000
"""People compared with the centroids at a time: bounds memory to about 50 MB."""
REASONS = 3
CHANGES = 5


@dataclass(frozen=True, slots=True)
class Assignment:
    """By person: the nearest cluster, the next one, and the margin in [0, 1] (0: as near to both)."""

    cluster: "np.ndarray[Any, Any]"
    runner_up: "np.ndarray[Any, Any]"
    margin: "np.ndarray[Any, Any]"


def assign(points: "np.ndarray[Any, Any]", centres: "np.ndarray[Any, Any]") -> Assignment:
    """Nearest and second nearest of at least two `centres` for all `points`; `1 - nearest / second` as margin."""
    import numpy as np

    parts = []
    for start in range(0, len(points), CHUNK):
        part = points[start : start + CHUNK]
        squares = (part**2).sum(1)[:, None] - 2 * part @ centres.T + (centres**2).sum(1)[None, :]
        order = np.argpartition(squares, 1, axis=1)[:, :2]
        near = np.take_along_axis(np.sqrt(np.maximum(squares, 0)), order, axis=1)
        swap = near[:, 0] > near[:, 1]
        order[swap] = order[swap][:, ::-1]
        near.sort(axis=1)
        parts.append((order[:, 0], order[:, 1], 1 - near[:, 0] / np.maximum(near[:, 1], 1e-12)))
    return Assignment(*(np.concatenate(column) for column in zip(*parts, strict=True)))


HYSTERESIS = 0.05
"""Margin below which a person stays in the persona they were in: a step over the border and back is no change."""


def settled(where: Assignment, before: "np.ndarray[Any, Any]") -> Assignment:
    """`where` with people left in the group they were in `before` (-1: none) while it is nearly as near.

    They get the margin 0: as near to both.
    """
    import numpy as np

    stay = (where.runner_up == before) & (where.margin < HYSTERESIS)
    return Assignment(
        np.where(stay, where.runner_up, where.cluster),
        np.where(stay, where.cluster, where.runner_up),
        np.where(stay, 0.0, where.margin),
    )


def reasons(
    points: "np.ndarray[Any, Any]", centres: "np.ndarray[Any, Any]", where: Assignment
) -> "np.ndarray[Any, Any]":
    """By person: the REASONS features (indexes, strongest first) that most set their group above the runner-up."""
    import numpy as np

    pull = (points - centres[where.runner_up]) ** 2 - (points - centres[where.cluster]) ** 2
    count = min(REASONS, pull.shape[1])
    order: np.ndarray[Any, Any] = np.argsort(-pull, axis=1)[:, :count]
    return order


def changes(
    points: "np.ndarray[Any, Any]",
    centres: "np.ndarray[Any, Any]",
    where: Assignment,
    features: Sequence[Feature],
) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """By person: what would make the runner-up as near, as feature indexes (-1: no more) and their scaled values.

    The one smallest change of a single number where one reaches; else up to CHANGES numbers set to what is typical of
    the runner-up, the most telling first; none where those do not reach. Only numbers, only values that were seen.
    """
    import numpy as np

    own, other = centres[where.cluster], centres[where.runner_up]
    terms = (points - other) ** 2 - (points - own) ** 2
    lead = terms.sum(axis=1)
    lowest, highest = (
        np.array(bounds) for bounds in zip(*(_seen(feature) for feature in features), strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        target = points - lead[:, None] / (2 * (own - other))
    reaches = np.isfinite(target) & (target >= lowest) & (target <= highest)
    effort = np.where(reaches, np.abs(target - points), np.inf)
    best, people = effort.argmin(axis=1), np.arange(len(points))
    columns, values = _towards(other, terms + (other - own) ** 2, lead, lowest <= highest)
    alone = np.isfinite(effort[people, best])
    columns[alone, 0], columns[alone, 1:] = best[alone], -1
    values[alone, 0] = target[people, best][alone]
    return columns, values


def _towards(
    other: "np.ndarray[Any, Any]",
    gain: "np.ndarray[Any, Any]",
    lead: "np.ndarray[Any, Any]",
    numeric: "np.ndarray[Any, Any]",
) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """The fewest numbers that, set to `other`, take the `lead` away; `gain` is what each takes of it."""
    import numpy as np

    gain = np.where(numeric, gain, -np.inf)
    order = np.argsort(-gain, axis=1)[:, :CHANGES]
    taken = np.cumsum(np.maximum(np.take_along_axis(gain, order, axis=1), 0), axis=1)
    needed = (taken < lead[:, None]).sum(axis=1) + 1
    unused = np.arange(order.shape[1]) >= needed[:, None]
    columns = np.where(unused | (needed > order.shape[1])[:, None], -1, order)
    return columns, np.take_along_axis(other, order, axis=1)


def _seen(feature: Feature) -> tuple[float, float]:
    """The range of a feature's scaled values; empty for levels of a category."""
    import numpy as np

    if feature.level is not None:
        return (1.0, 0.0)
    low, high = feature.encode(np.array([feature.low, feature.high]))
    return float(low), float(high)
