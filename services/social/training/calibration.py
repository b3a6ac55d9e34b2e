"""How sure a model may be: fitted on texts that it did not learn from."""

from collections.abc import Sequence
from typing import Any, NamedTuple

WISHED = 0.9
"""Share of right answers among those that are given: less certain ones are abstentions."""
MOST_ABSTAINED = 0.3
_SCALES = tuple(round(0.05 * 1.12**step, 4) for step in range(54))


class Setting(NamedTuple):
    """How scores become probabilities and answers; `slopes` and `shifts` go into the weights."""

    scale: float = 1.0
    certain: float = 0.0
    cuts: tuple[float, ...] = ()
    slopes: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()

    def applied(self, weights: Any) -> Any:
        """Weights (labels by features, the bias last) with the setting's slopes and shifts in them."""
        import numpy as np

        if not self.slopes:
            return weights
        moved = weights * np.array(self.slopes)[:, None]
        moved[:, -1] += self.shifts
        return moved


def right_of(scores: Any, gold: Sequence[Sequence[float]]) -> float:
    """The macro-F1 of the labels with the highest scores."""
    import numpy as np

    truth, said = np.argmax(np.array(gold), axis=1), np.argmax(scores, axis=1)
    figures = []
    for label in np.unique(truth):
        hits = float(np.sum((truth == label) & (said == label)))
        figures.append(2 * hits / float(np.sum(truth == label) + np.sum(said == label)))
    return sum(figures) / len(figures)


def calibrated_one(scores: Any, gold: Sequence[Sequence[float]]) -> Setting:
    """The scale with the best likelihood (each label weighing alike), and the certainty from which on WISHED of the
    answers are right, abstaining from MOST_ABSTAINED at most."""
    import numpy as np

    truth = np.argmax(np.array(gold), axis=1)
    weight = 1 / np.bincount(truth, minlength=scores.shape[1])[truth]

    def loss(scale: float) -> float:
        chances = _softmax(scale * scores)
        return float(np.sum(weight * -np.log(np.maximum(1e-9, chances[np.arange(len(truth)), truth]))))

    scale = min(_SCALES, key=loss)
    chances = _softmax(scale * scores)
    certain = _certain(chances.max(axis=1), chances.argmax(axis=1) == truth)
    return Setting(scale, certain)


def _certain(chances: Any, right: Any) -> float:
    import numpy as np

    order = np.argsort(-chances)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    fit = np.flatnonzero(share >= WISHED)
    most = max(int(fit[-1]) if len(fit) else 0, int((1 - MOST_ABSTAINED) * (len(order) - 1)))
    return round(float(chances[order[most]]), 4) if most < len(order) - 1 else 0.0


def calibrated_any(scores: Any, gold: Sequence[Sequence[float]]) -> Setting:
    """For each label a logistic curve through its scores, and the probability from which on F1 is best."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    truth = np.array(gold)
    slopes, shifts, cuts = [], [], []
    for column, held in zip(scores.T, truth.T, strict=True):
        if held.min() == held.max():
            slopes.append(2.0)
            shifts.append(0.0)
            cuts.append(0.5)
            continue
        curve = LogisticRegression(C=100).fit(column[:, None], held)
        slope = max(0.1, float(curve.coef_[0, 0]))
        slopes.append(slope)
        shifts.append(float(curve.intercept_[0]))
        cuts.append(_best_cut(1 / (1 + np.exp(-(slope * column + shifts[-1]))), held))
    return Setting(cuts=tuple(cuts), slopes=tuple(slopes), shifts=tuple(shifts))


def _best_cut(chances: Any, held: Any) -> float:
    def f1(cut: float) -> float:
        said = chances >= cut
        hits = float((said * held).sum())
        return 2 * hits / max(1.0, float(said.sum() + held.sum()))

    return max((round(0.2 + 0.02 * step, 2) for step in range(26)), key=f1)


def _softmax(scores: Any) -> Any:
    import numpy as np

    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
