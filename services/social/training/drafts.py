"""Ways to fit a head, and the one that reads texts best which it did not learn from."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from services.social.training.calibration import right_of

TOLERANCE = 0.003
HELD_OUT = 0.15
FOLDS = 3
MANY = 8_000
"""From so many texts on one part held out tells enough; of fewer each is held out once."""

Rows = Callable[[Sequence[int], bool], Any]
"""Features of some rows, with or without how texts look; text n is row 2n, its copy without diacritics 2n + 1."""
Truth = Mapping[int, Sequence[float]]


class Way(NamedTuple):
    """One separation a label. `c`: how freely it may follow its texts; `balance`: how far rare labels weigh up, 0 not at
    all to 1 as much as frequent ones; `shaped`: it also sees how texts look."""

    c: float
    balance: float
    shaped: bool = False


CAREFUL, FREE = Way(0.1, 1.0), Way(0.3, 1.0)
ANY_OF: Final = Way(0.3, 0.0)


class Fold(NamedTuple):
    """Places to learn from, and places that are held out; `given`: these are not to be learned in the end either."""

    learn: Sequence[int]
    check: Sequence[int]
    given: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A way with the scores that it gave to texts which it had not learned; `weights` where it needs no more learning."""

    way: Way
    scores: Any
    gold: Sequence[Sequence[float]]
    weights: Any = None

    def learned(self, rows: Rows, places: Sequence[int], truth: Truth) -> Any:
        """The weights from all of `places`."""
        return fit(self.way, rows, places, truth)


def folds_of(told: Sequence[int], sources: Sequence[str], learned: int) -> list[Fold]:
    """Which of the `told` places are learned and held out: those from `learned` on, if there are; else whole sources,
    where there are several; else a part, or of few texts each once."""
    if check := [place for place in told if place >= learned]:
        return [Fold([place for place in told if place < learned], check, given=True)]
    dice = random.Random(1)  # noqa: S311 - reproducible, not secret
    names = sorted({sources[place] for place in told})
    if len(names) >= 6:
        held = set(dice.sample(names, max(1, round(HELD_OUT * len(names)))))
        return [_fold(told, [place for place in told if sources[place] in held])]
    if len(told) >= MANY:
        return [_fold(told, sorted(dice.sample(list(told), round(HELD_OUT * len(told)))))]
    mixed = dice.sample(list(told), len(told))
    return [_fold(told, sorted(mixed[part::FOLDS])) for part in range(FOLDS)]


def _fold(told: Sequence[int], check: Sequence[int]) -> Fold:
    out = set(check)
    return Fold([place for place in told if place not in out], check)


def best_draft(
    rows: Rows, folds: Sequence[Fold], truth: Truth, *, one_of: bool, shaped: bool = False
) -> Draft:
    """The way that reads the held-out texts best (macro-F1 of the likeliest labels). `shaped`: how they look may help."""
    given = folds[0].given
    ways = [CAREFUL, FREE] if one_of else [ANY_OF]
    if shaped and not given:
        ways += [CAREFUL._replace(shaped=True), FREE._replace(shaped=True)]
    drafts = [_draft(way, rows, folds, truth, keep=given) for way in ways]
    return max(drafts, key=lambda draft: right_of(draft.scores, draft.gold)) if one_of else drafts[0]


def _draft(way: Way, rows: Rows, folds: Sequence[Fold], truth: Truth, *, keep: bool) -> Draft:
    import numpy as np

    weights = [fit(way, rows, fold.learn, truth) for fold in folds]
    scores = [_scores(rows, fold.check, one, way) for fold, one in zip(folds, weights, strict=True)]
    gold = [truth[place] for fold in folds for place in fold.check for _ in (0, 1)]
    return Draft(way, np.concatenate(scores), gold, weights[0] if keep else None)


def fit(way: Way, rows: Rows, places: Sequence[int], truth: Truth) -> Any:
    """Weights: labels by features, the bias last."""
    import numpy as np

    features = rows(_both(places), way.shaped)
    gold = np.array([truth[place] for place in places for _ in (0, 1)])
    return np.array([_separated(way, features, column) for column in gold.T])


def _separated(way: Way, features: Any, column: Any) -> Any:
    import numpy as np
    from sklearn.svm import LinearSVC

    share = float(column.mean())
    if share in (0.0, 1.0):  # held out altogether: nothing to separate
        return np.concatenate([np.zeros(features.shape[1]), [2 * share - 1]])
    weight = {1: (0.5 / share) ** way.balance, 0: (0.5 / (1 - share)) ** way.balance}
    fitted = LinearSVC(C=way.c, class_weight=weight, tol=TOLERANCE).fit(features, column)
    return np.concatenate([fitted.coef_[0], fitted.intercept_])


def _scores(rows: Rows, places: Sequence[int], weights: Any, way: Way) -> Any:
    return rows(_both(places), way.shaped) @ weights[:, :-1].T + weights[:, -1]


def _both(places: Sequence[int]) -> list[int]:
    """The rows of each text and of its copy without diacritics."""
    return [row for place in places for row in (2 * place, 2 * place + 1)]
