"""Whether portraits foretell anything: the study's metric on people who had no part in it, beside two yardsticks.

Personas are not predictors of a single person: a model of individuals foretells better, often a plain grid of recency,
frequency and money too. That is said beside each study instead of being hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from services.persona.studies.domain.assignment import assign
from services.persona.studies.domain.features import Columns, Feature, matrix

if TYPE_CHECKING:
    import numpy as np

FOLDS = 5
FEWEST_OUTCOMES = 20
"""People with and without the outcome below which an AUC would be mostly chance."""
MOST_PEOPLE = 20_000
"""People judged: an AUC over them has an interval of 0.02 or narrower."""
SHRINK = 5.0
"""Cells are drawn to the overall rate as if by so many people, so that tiny cells do not shout."""
GRID = 5
Z95 = 1.959964


class Score(NamedTuple):
    """An AUC on held-out people with its 95 % interval (Hanley and McNeil 1982)."""

    auc: float
    low: float
    high: float

    def view(self) -> dict[str, Any]:
        """As a run's quality shows it."""
        return {"auc": round(self.auc, 4), "interval": [round(self.low, 4), round(self.high, 4)]}


@dataclass(frozen=True, slots=True)
class Trial:
    """People as they were at a moment, and whether each did afterwards what the study's metric asks for."""

    columns: Columns
    outcome: "np.ndarray[Any, Any]"
    """Of 0 and 1."""
    cut_s: int
    horizon_s: int

    @property
    def is_telling(self) -> bool:
        """True where there are enough people with and without the outcome."""
        hits = int(self.outcome.sum())
        return FEWEST_OUTCOMES <= hits <= len(self.outcome) - FEWEST_OUTCOMES

    def halves(self, *, seed: int = 0) -> "tuple[Trial, Trial]":
        """Some people to choose by and others to judge by; MOST_PEOPLE each at the most."""
        import numpy as np

        order = np.random.default_rng(seed).permutation(len(self.outcome))
        half = min(MOST_PEOPLE, (len(order) + 1) // 2)
        return self._of(order[:half]), self._of(order[half : 2 * half])

    def _of(self, people: "np.ndarray[Any, Any]") -> "Trial":
        columns = {key: values[people] for key, values in self.columns.items()}
        return Trial(columns, self.outcome[people], self.cut_s, self.horizon_s)

    def scores(self, features: Sequence[Feature], centres: "np.ndarray[Any, Any]") -> dict[str, Any]:
        """Persona, RFM grid and individual model on the same people and folds."""
        points = matrix(self.columns, features)
        return {
            "people": len(self.outcome),
            "rate": round(float(self.outcome.mean()), 4),
            "personas": auc_of(
                cell_scores(assign(points, centres).cluster, self.outcome), self.outcome
            ).view(),
            "rfm_grid": auc_of(cell_scores(rfm_grid(self.columns), self.outcome), self.outcome).view(),
            "individual": auc_of(individual_scores(points, self.outcome), self.outcome).view(),
        }


def cell_scores(
    cells: "np.ndarray[Any, Any]", outcome: "np.ndarray[Any, Any]", *, seed: int = 0
) -> "np.ndarray[Any, Any]":
    """By person: the rate of the outcome in their cell among the people of the other folds."""
    import numpy as np

    count = int(cells.max()) + 1
    scores = np.zeros(len(cells))
    for inside in _folds(len(cells), seed):
        known = ~inside
        base = float(outcome[known].mean())
        n = np.bincount(cells[known], minlength=count)
        hits = np.bincount(cells[known], weights=outcome[known], minlength=count)
        rate = (hits + SHRINK * base) / (n + SHRINK)
        scores[inside] = rate[cells[inside]]
    return scores


def individual_scores(
    points: "np.ndarray[Any, Any]", outcome: "np.ndarray[Any, Any]", *, seed: int = 0
) -> "np.ndarray[Any, Any]":
    """By person: what gradient boosting over the same features, trained on the other folds, foretells."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    scores = np.zeros(len(points))
    for inside in _folds(len(points), seed):
        model = HistGradientBoostingClassifier(max_iter=60, max_depth=3, random_state=seed)
        model.fit(points[~inside], outcome[~inside].astype(int))
        scores[inside] = model.predict_proba(points[inside])[:, 1]
    return scores


def rfm_grid(columns: Columns) -> "np.ndarray[Any, Any]":
    """The cell of each person in a grid of GRID bands each of recency, orders and spend; unknown is the last band."""
    import numpy as np

    cells = np.zeros(len(columns["orders"]), dtype=int)
    for key in ("recency_days", "orders", "spend"):
        values = columns[key].astype(float) if key in columns else np.zeros(len(cells))
        known = values[~np.isnan(values)]
        edges = np.quantile(known, np.linspace(0, 1, GRID + 1)[1:-1]) if len(known) else np.zeros(GRID - 1)
        bands = np.where(np.isnan(values), GRID - 1, np.searchsorted(edges, np.nan_to_num(values)))
        cells = cells * GRID + bands
    return cells


def auc_of(scores: "np.ndarray[Any, Any]", outcome: "np.ndarray[Any, Any]") -> Score:
    """The area under the ROC curve of `scores` for `outcome` (both values occur)."""
    from sklearn.metrics import roc_auc_score

    auc = float(roc_auc_score(outcome, scores))
    hits = float(outcome.sum())
    misses = len(outcome) - hits
    pairs, twice = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (hits - 1) * (pairs - auc * auc) + (misses - 1) * (twice - auc * auc)
    error = sqrt(max(0.0, spread) / (hits * misses))
    return Score(auc, max(0.0, auc - Z95 * error), min(1.0, auc + Z95 * error))


def _folds(count: int, seed: int) -> "list[np.ndarray[Any, Any]]":
    import numpy as np

    fold = np.random.default_rng(seed).permutation(count) % FOLDS
    return [fold == number for number in range(FOLDS)]
