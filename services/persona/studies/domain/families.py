"""Many stable groups rolled up into three to five main faces, for readers who want few."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

FACES = (5, 4, 3)


def families(centres: "np.ndarray[Any, Any]", sizes: Sequence[int]) -> list[int]:
    """By group: the group that is the main face of its family (the largest of it).

    Up to five groups each stand for themselves. More are joined two by two, the pair first whose joining loses least
    (Ward 1963, weighted by people); of five, four and three families it is the number after which joining on would
    cost most compared with the step before.
    """
    if len(sizes) <= FACES[0]:
        return list(range(len(sizes)))
    layers, costs = _joined(centres, sizes)
    best = max(FACES, key=lambda count: costs[count - 1] / max(costs[count], 1e-12))
    face = [0] * len(sizes)
    for family in layers[best]:
        largest = max(family, key=lambda index: (sizes[index], -index))
        for index in family:
            face[index] = largest
    return face


def _joined(
    centres: "np.ndarray[Any, Any]", sizes: Sequence[int]
) -> tuple[dict[int, list[list[int]]], dict[int, float]]:
    """The families at each number of them, and what the last joining on the way there cost."""
    import numpy as np

    members = [[index] for index in range(len(sizes))]
    middle, weight = [np.asarray(centre, float) for centre in centres], [float(size) for size in sizes]
    layers, costs = {}, {}
    while len(members) >= FACES[-1]:
        cost, one, other = min(_costs(middle, weight))
        both = weight[one] + weight[other]
        middle[one] = (middle[one] * weight[one] + middle[other] * weight[other]) / both
        weight[one] = both
        members[one] = members[one] + members[other]
        del members[other], middle[other], weight[other]
        layers[len(members)], costs[len(members)] = [list(family) for family in members], cost
    return layers, costs


def _costs(middle: "Sequence[np.ndarray[Any, Any]]", weight: Sequence[float]) -> list[tuple[float, int, int]]:
    """What joining each pair adds to the sum of squares within families."""
    found = []
    for other in range(len(middle)):
        for one in range(other):
            apart = float(((middle[one] - middle[other]) ** 2).sum())
            found.append((weight[one] * weight[other] / (weight[one] + weight[other]) * apart, one, other))
    return found
