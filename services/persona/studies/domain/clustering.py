"""Groups that come back: KMeans whose every cluster survives the bootstrap.

Stability after Hennig (2007), "Cluster-wise assessment of cluster stability": resample people, cluster again, and
take each cluster's best Jaccard similarity; its mean over resamples says whether the cluster is real. At least
0.75 is stable, 0.60 to 0.75 doubtful, below that dissolved. Silhouette always prefers two groups and never decides.

The same people are looked at in several spaces: with and without closely related attributes, whole and reduced to the
main directions in which people differ. Which one holds groups together depends on the data, so all are tried; what
was chosen among many is then confirmed on fresh resamples, and only those figures are told.

Where people stand in clear groups with gaps between them, more groups would only cut those in pieces (which may well
come back): a mean silhouette (Rousseeuw 1987) of at least 0.35 says so and bounds k. Real customers seldom do.

Stability alone is not enough: a survey question with two answers splits any group in half, again and again. Groups
must also be distinct, each from each, in two attributes at once: a portrait is more than one answer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from services.persona.studies.domain.spaces import Space, spaces_of

if TYPE_CHECKING:
    import numpy as np

STABLE = 0.75
DOUBTFUL = 0.60
LARGE_EFFECT = 0.8
"""Standardised difference (Cohen's d) that counts as a difference between two groups."""
DISTINCT_LEAST = 2
"""Attributes in which any two groups must differ."""
FEWEST_GROUPS = 3
CLEAR = 0.35
"""Mean silhouette from which groups are clear. Seen: 0.43 and more where groups were planted, 0.16 to 0.27 among real
customers of three companies, 0.10 where there was nothing."""
NEARLY = 0.95
"""Share of the best silhouette from which a larger k is as clear."""
CLEAR_SAMPLE = 1_500
RESTARTS = 10
SCREENED = 6
"""Resamples after which a grouping with a dissolved group is given up."""
RESAMPLES = 30
RESAMPLE_RESTARTS = 6
CONFIRMED = 1_000_003
"""Added to the seed: the resamples that confirm are none of those that chose."""
SAMPLE = 4_000
"""People that groups are fitted on. A centroid of a group of 5 % (200 people) then has a standard error of 0.07
standard deviations, far below the distance between groups, so that more people would cost time and move nothing."""

Value = Callable[["Grouping"], float]
"""How well a grouping foretells the study's metric on held-out people: decides between groupings that are as fine."""


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
    space: str = "all"
    """The space it was found in."""

    @property
    def weakest(self) -> float:
        """The stability of the least stable cluster."""
        return min(self.stability)


class Limits(NamedTuple):
    """Most and fewest groups, and the people that a group must have."""

    largest: int
    floor: int

    @property
    def fewest(self) -> int:
        """Three groups, or two where no more were asked for."""
        return min(self.largest, FEWEST_GROUPS)


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
    value: Value | None = None,
    report: Callable[[float], None] = lambda share: None,
) -> Choice:
    """The largest k, from `largest` down to 3 (or 2 where `largest` is 2), all of whose clusters are stable, distinct
    and of at least `floor` people; else the least doubtful one; else none.

    `names` says which attribute each column of `points` stands for. Of several groupings of the same k the one of
    highest `value` is taken, without a value the most stable. `report` hears the share of the work done.
    """
    limits = Limits(min(largest, len(points) // max(1, floor)), floor)
    with _one_thread():
        return _choose(points, names, limits, seed, value or (lambda found: found.weakest), report)


def _choose(
    points: "np.ndarray[Any, Any]",
    names: Sequence[str],
    limits: Limits,
    seed: int,
    value: Value,
    report: Callable[[float], None],
) -> Choice:
    spaces, tried = spaces_of(points, names), list[Grouping]()
    clear = clear_groups(points, limits, seed)
    spaces = spaces[:1] if clear else spaces  # what is plain to see needs no other point of view
    candidates = range(clear or limits.largest, limits.fewest - 1, -1)
    for done, k in enumerate(candidates):
        report(done / len(candidates))
        found = [each for space in spaces for each in _held(points, names, space, k, limits, seed)]
        stable = sorted((each for each in found if each.weakest >= STABLE), key=value, reverse=True)
        for each in stable:
            confirmed = confirm(points, each, spaces, seed + CONFIRMED)
            tried.append(confirmed)
            if confirmed.weakest >= STABLE:
                return Choice(confirmed, tuple(tried))
        tried += [each for each in found if each.weakest < STABLE]
    doubtful = sorted((each for each in tried if each.weakest >= DOUBTFUL), key=lambda g: -g.weakest)
    for each in doubtful[:3]:
        confirmed = confirm(points, each, spaces, seed + CONFIRMED)
        if confirmed.weakest >= DOUBTFUL:
            return Choice(confirmed, tuple(tried))
    return Choice(None, tuple(tried))


def _held(
    points: "np.ndarray[Any, Any]", names: Sequence[str], space: Space, k: int, limits: Limits, seed: int
) -> Iterator[Grouping]:
    """The grouping of k clusters in a space with its stability; nothing where it is too small, too alike or gone."""
    inside = space.into(points)
    grouping = group(inside, k, seed=seed)
    if min(grouping.sizes) < limits.floor:
        return
    differences = fewest_differences(points, grouping, names)
    if differences < DISTINCT_LEAST:
        return
    stability = bootstrap_jaccard(inside, grouping.labels, seed=seed, least=DOUBTFUL)
    yield replace(
        grouping,
        centres=space.back(grouping.centres),
        stability=tuple(stability),
        differences=differences,
        space=space.name,
    )


def clear_groups(points: "np.ndarray[Any, Any]", limits: Limits, seed: int = 0) -> int | None:
    """The number of clear groups that people stand in, None where there are no gaps between groups."""
    import numpy as np
    from sklearn.metrics import silhouette_score

    if len(points) > CLEAR_SAMPLE:
        points = points[np.random.default_rng(seed).choice(len(points), CLEAR_SAMPLE, replace=False)]
    found = {}
    for k in range(FEWEST_GROUPS, min(limits.largest, len(points) - 1) + 1):
        labels, _ = _kmeans(points, k, seed, RESAMPLE_RESTARTS)
        found[k] = float(silhouette_score(points, labels)) if len(set(labels.tolist())) == k else 0.0
    best = max(found.values(), default=0.0)
    return max(k for k, value in found.items() if value >= NEARLY * best) if best >= CLEAR else None


def confirm(
    points: "np.ndarray[Any, Any]", grouping: Grouping, spaces: Sequence[Space], seed: int
) -> Grouping:
    """The grouping with its stability over resamples that had no part in choosing it."""
    space = next(space for space in spaces if space.name == grouping.space)
    with _one_thread():
        again = bootstrap_jaccard(space.into(points), grouping.labels, seed=seed)
    return replace(grouping, stability=tuple(again))


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
    points: "np.ndarray[Any, Any]", labels: "np.ndarray[Any, Any]", *, seed: int = 0, least: float = 0.0
) -> list[float]:
    """Mean best Jaccard similarity of each cluster over RESAMPLES resamples of the people; over the first SCREENED
    where one of them is below `least` already."""
    import numpy as np

    k = int(labels.max()) + 1
    random = np.random.default_rng(seed)
    total, done = np.zeros(k), 0
    while done < RESAMPLES and (done != SCREENED or total.min() / done >= least):
        drawn = random.integers(0, len(points), len(points))
        people, first = np.unique(drawn, return_index=True)
        done += 1
        again, _ = _kmeans(points[drawn], k, seed + done, RESAMPLE_RESTARTS)
        total += _best_jaccard(labels[people], again[first], k)
    return [float(value) for value in total / done]


def fewest_differences(points: "np.ndarray[Any, Any]", grouping: Grouping, names: Sequence[str]) -> int:
    """In how many attributes the two most similar groups differ by a large effect."""
    import numpy as np

    members = [points[grouping.labels == cluster] for cluster in range(grouping.k)]
    centres = np.array([part.mean(axis=0) for part in members])
    spread = np.array([part.var(axis=0) for part in members])
    fewest = len(names)
    for one in range(grouping.k):
        for other in range(one):
            pooled = np.sqrt((spread[one] + spread[other]) / 2)
            effect = np.abs(centres[one] - centres[other]) / np.maximum(pooled, 0.1)
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
