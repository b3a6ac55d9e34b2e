"""Groups that come back: KMeans whose every cluster survives the bootstrap.

Stability after Hennig (2007), "Cluster-wise assessment of cluster stability": resample people, cluster again, and
take each cluster's best Jaccard similarity; its mean over resamples says whether the cluster is real. At least
0.75 is stable, 0.60 to 0.75 doubtful, below that dissolved. Silhouette always prefers two groups and is not used.

Stability alone is not enough: a survey question with two answers splits any group in half, again and again. Groups
must also be distinct, each from each, in several attributes at once: a portrait is more than one answer.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

STABLE = 0.75
DOUBTFUL = 0.60
LARGE_EFFECT = 0.8
"""Standardised difference (Cohen's d) that counts as a difference between two groups."""
DISTINCT_SHARE = 0.2
DISTINCT_LEAST = 2
"""Attributes in which two groups must differ: a fifth of them, and no fewer than two."""
RESTARTS = 10
RESAMPLES = 20
RESAMPLE_RESTARTS = 3
SAMPLE = 4_000
"""People that groups are fitted on. A centroid of a group of 5 % (200 people) then has a standard error of 0.07
standard deviations, far below the distance between groups, so that more people would cost time and move nothing."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Clusters of people: `labels` by person of the sample, `centres` by cluster, `stability` by cluster."""

    k: int
    labels: "np.ndarray[Any, Any]"
    centres: "np.ndarray[Any, Any]"
    sizes: tuple[int, ...]
    stability: tuple[float, ...] = ()
    differences: int = 0
    """Attributes in which the two most similar groups differ by a large effect."""

    @property
    def weakest(self) -> float:
        """The stability of the least stable cluster."""
        return min(self.stability)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen and what was tried; `grouping` is None where nothing held together."""

    grouping: Grouping | None
    tried: tuple[Grouping, ...]


def choose_grouping(
    points: "np.ndarray[Any, Any]",
    names: Sequence[str],
    *,
    largest: int = 12,
    floor: int,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> Choice:
    """The largest k, from `largest` down to 3 (or 2 where `largest` is 2), all of whose clusters are stable, distinct
    and of at least `floor` people; else the least doubtful one; else none.

    `names` says which attribute each column of `points` stands for. `report` hears the share of the work done.
    """
    with _one_thread():
        return _choose(points, names, largest, floor, seed, report)


def _choose(
    points: "np.ndarray[Any, Any]",
    names: Sequence[str],
    largest: int,
    floor: int,
    seed: int,
    report: Callable[[float], None],
) -> Choice:
    needed = max(DISTINCT_LEAST, ceil(DISTINCT_SHARE * len(set(names))))
    candidates = range(min(largest, len(points) // floor), min(largest, 3) - 1, -1)
    tried: list[Grouping] = []
    for done, k in enumerate(candidates):
        report(done / len(candidates))
        grouping = group(points, k, seed=seed)
        differences = fewest_differences(points, grouping, names)
        if min(grouping.sizes) < floor or differences < needed:
            continue
        stability = bootstrap_jaccard(points, grouping.labels, seed=seed)
        grouping = replace(grouping, stability=tuple(stability), differences=differences)
        tried.append(grouping)
        if grouping.weakest >= STABLE:
            return Choice(grouping, tuple(tried))
    best = max(tried, key=lambda g: g.weakest, default=None)
    return Choice(best if best and best.weakest >= DOUBTFUL else None, tuple(tried))


def group(points: "np.ndarray[Any, Any]", k: int, *, seed: int = 0, restarts: int = RESTARTS) -> Grouping:
    """KMeans with `restarts` k-means++ starts; deterministic for a seed. Clusters are ordered by size, largest first."""
    import numpy as np

    labels, centres = _kmeans(points, k, seed, restarts)
    order = np.argsort(-np.bincount(labels, minlength=k), kind="stable")
    rank = np.empty(k, dtype=int)
    rank[order] = np.arange(k)
    labels = rank[labels]
    sizes = np.bincount(labels, minlength=k)
    return Grouping(k, labels, centres[order], tuple(int(size) for size in sizes))


def bootstrap_jaccard(
    points: "np.ndarray[Any, Any]", labels: "np.ndarray[Any, Any]", *, seed: int = 0
) -> list[float]:
    """Mean best Jaccard similarity of each cluster over RESAMPLES resamples of the people."""
    import numpy as np

    k = int(labels.max()) + 1
    random = np.random.default_rng(seed)
    total = np.zeros(k)
    for round_ in range(RESAMPLES):
        drawn = random.integers(0, len(points), len(points))
        people, first = np.unique(drawn, return_index=True)
        again, _ = _kmeans(points[drawn], k, seed + round_ + 1, RESAMPLE_RESTARTS)
        total += _best_jaccard(labels[people], again[first], k)
    return [float(value) for value in total / RESAMPLES]


def fewest_differences(points: "np.ndarray[Any, Any]", grouping: Grouping, names: Sequence[str]) -> int:
    """In how many attributes the two most similar groups differ by a large effect."""
    import numpy as np

    spread = np.array([points[grouping.labels == cluster].var(axis=0) for cluster in range(grouping.k)])
    fewest = len(names)
    for one in range(grouping.k):
        for other in range(one):
            pooled = np.sqrt((spread[one] + spread[other]) / 2)
            effect = np.abs(grouping.centres[one] - grouping.centres[other]) / np.maximum(pooled, 0.1)
            differing = {names[int(column)] for column in np.flatnonzero(effect >= LARGE_EFFECT)}
            fewest = min(fewest, len(differing))
    return fewest


def _best_jaccard(old: "np.ndarray[Any, Any]", new: "np.ndarray[Any, Any]", k: int) -> "np.ndarray[Any, Any]":
    import numpy as np

    both = np.bincount(old * k + new, minlength=k * k).reshape(k, k)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    best: np.ndarray[Any, Any] = np.max(both / np.maximum(either, 1), axis=1)
    return best


def _one_thread() -> AbstractContextManager[Any]:
    """Linear algebra in one thread: these problems are small, and on shared cores more threads wait for each other
    (75 s instead of 3 were seen)."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def _kmeans(
    points: "np.ndarray[Any, Any]", k: int, seed: int, restarts: int
) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    from sklearn.cluster import KMeans

    fitted = KMeans(k, n_init=restarts, random_state=seed, tol=1e-3, max_iter=100).fit(points)
    return fitted.labels_, fitted.cluster_centers_
