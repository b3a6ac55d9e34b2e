"""Groups told as short rules: a small decision tree over plain attributes, with how faithful it is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from services.persona.studies.domain.features import Columns, Feature

if TYPE_CHECKING:
    import numpy as np

DEPTHS = (3, 4, 5)
FAITHFUL = 0.85
"""Share of held-out people whom the tree puts where they are: the smallest tree that reaches it is told."""
TRAINED_ON = 20_000
FOLDS = 4


class Step(NamedTuple):
    """A condition of a rule, in the attribute's own unit; `op` is `le`, `gt`, `is` or `is_not`."""

    key: str
    op: str
    value: float | str


class Rule(NamedTuple):
    """The conditions that most of a group fit, and how well they do."""

    steps: tuple[Step, ...]
    precision: float
    """Share of the group among those who fit."""
    coverage: float
    """Share of those who fit among the group."""
    n: int


class Surrogate(NamedTuple):
    """The tree's depth, the share of held-out people it puts right, and a rule for each group that has a leaf."""

    depth: int
    fidelity: float
    rules: Mapping[int, Rule]


def surrogate_of(
    columns: Columns, features: Sequence[Feature], group: "np.ndarray[Any, Any]", *, seed: int = 0
) -> Surrogate:
    """Rules for the groups that `features` formed. Needs two groups of at least FOLDS people."""
    import numpy as np

    plain = np.column_stack([_plain(feature, columns) for feature in features])
    inside = np.flatnonzero(group >= 0)
    if len(inside) > TRAINED_ON:
        inside = np.sort(np.random.default_rng(seed).choice(inside, TRAINED_ON, replace=False))
    plain, group = plain[inside], group[inside]
    fidelity = 0.0
    for depth in DEPTHS:
        fidelity = _fidelity(plain, group, depth, seed)
        if fidelity >= FAITHFUL:
            break
    return Surrogate(depth, round(fidelity, 4), _rules(plain, group, features, depth, seed))


def _plain(feature: Feature, columns: Columns) -> "np.ndarray[Any, Any]":
    """A feature in its attribute's unit: numbers with the middle for the unknown, levels as 0 and 1."""
    import numpy as np

    values = columns[feature.key]
    if feature.level is not None:
        return np.asarray((values == feature.level).astype(float))
    return np.asarray(np.nan_to_num(values.astype(float), nan=feature.decode(0.0)))


def _tree(depth: int, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=depth, min_samples_leaf=0.005, random_state=seed)


def _fidelity(plain: "np.ndarray[Any, Any]", group: "np.ndarray[Any, Any]", depth: int, seed: int) -> float:
    import numpy as np

    fold = np.random.default_rng(seed).permutation(len(group)) % FOLDS
    right = 0
    for number in range(FOLDS):
        tree = _tree(depth, seed).fit(plain[fold != number], group[fold != number])
        right += int((tree.predict(plain[fold == number]) == group[fold == number]).sum())
    return right / len(group)


def _rules(
    plain: "np.ndarray[Any, Any]",
    group: "np.ndarray[Any, Any]",
    features: Sequence[Feature],
    depth: int,
    seed: int,
) -> dict[int, Rule]:
    """For each group the leaf that holds most of it, among those where it is the most common."""
    import numpy as np

    fitted = _tree(depth, seed).fit(plain, group)
    leaf, paths = fitted.apply(plain), _paths(fitted.tree_, features)
    found: dict[int, Rule] = {}
    for place in np.unique(leaf):
        here = group[leaf == place]
        common = int(np.bincount(here).argmax())
        hits = int((here == common).sum())
        coverage = hits / int((group == common).sum())
        if common not in found or coverage > found[common].coverage:
            steps = _merged(paths[int(place)])
            found[common] = Rule(steps, round(hits / len(here), 4), round(coverage, 4), len(here))
    return found


def _paths(tree: Any, features: Sequence[Feature]) -> dict[int, list[Step]]:
    """The conditions on the way to each node."""
    paths: dict[int, list[Step]] = {0: []}
    for node in range(tree.node_count):
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left >= 0:
            feature, bound = features[int(tree.feature[node])], float(tree.threshold[node])
            level = feature.level
            below = Step(feature.key, "is_not", level) if level else Step(feature.key, "le", bound)
            above = Step(feature.key, "is", level) if level else Step(feature.key, "gt", bound)
            paths[left], paths[right] = [*paths[node], below], [*paths[node], above]
    return paths


def _merged(path: Sequence[Step]) -> tuple[Step, ...]:
    """One condition for each attribute and direction: the last one met is the narrowest."""
    last: dict[tuple[Any, ...], Step] = {}
    for step in path:
        side = (step.key, step.op, step.value if isinstance(step.value, str) else None)
        last.pop(side, None)
        last[side] = step
    return tuple(last.values())
