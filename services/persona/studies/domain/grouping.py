"""From people to groups, or an honest refusal: clustering where the data carries it, a plain rule where it is thin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from services.persona.attributes.domain import Attribute, Words
from services.persona.studies.domain.assignment import Assignment, assign, settled
from services.persona.studies.domain.clustering import (
    DOUBTFUL,
    SAMPLE,
    Choice,
    Grouping,
    Value,
    choose_grouping,
)
from services.persona.studies.domain.features import Columns, Feature, fit_features, matrix
from services.persona.studies.domain.rfm import RULES, rfm_labels
from services.persona.studies.domain.surrogate import Rule
from services.persona.studies.domain.validation import Trial, auc_of, cell_scores

if TYPE_CHECKING:
    import numpy as np

ENOUGH_TO_CLUSTER = 60
"""People below which even three groups would be too small to trust a resample."""
FEWEST_FEATURES = 3


class Refusal(Exception):
    """No personas, and why: `reasons` are {code, detail} and `quality` says what was tried."""

    def __init__(self, code: str, detail: str, quality: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.reasons = [{"code": code, "detail": detail}]
        self.quality = dict(quality)


@dataclass(frozen=True, slots=True)
class Groups:
    """Everybody's group (-1: none), and how it came about. Without a `model` it was the RFM rule."""

    method: str
    k: int
    group: "np.ndarray[Any, Any]"
    stability: Mapping[int, float | None]
    quality: dict[str, Any]
    model: "Model | None" = None
    rules: dict[int, Rule] = field(default_factory=dict)
    """Short rules that tell who is in a group, by group."""

    def settled(self, before: Sequence[str | None], ids: Mapping[int, str]) -> "Groups":
        """These groups with people left in the persona they were in `before` while it is nearly as near."""
        import numpy as np

        if self.model is None:
            return self
        known = {persona: number for number, persona in ids.items()}
        old = np.array([known.get(persona, -1) if persona else -1 for persona in before])
        where = settled(self.model.assignment, old)
        return replace(self, group=where.cluster, model=replace(self.model, assignment=where))

    @property
    def features(self) -> Sequence[Feature]:
        """What the groups were formed by; nothing for the rule."""
        return self.model.features if self.model else ()


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted clustering: everybody's point, the centres, and where each person stands between them."""

    features: Sequence[Feature]
    points: "np.ndarray[Any, Any]"
    centres: "np.ndarray[Any, Any]"
    assignment: Assignment


def find_groups(
    columns: Columns,
    attributes: Sequence[Attribute],
    *,
    largest: int,
    fewest_people: int,
    floor: int,
    threshold: int,
    trial: Trial | None = None,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> Groups:
    """Stable groups of at least `floor` people, everybody assigned by centroid; where a `trial` says what people did
    afterwards, of equally fine groupings the one that foretells it best.

    RFM groups of at least `threshold` where there are too few people or too little known to cluster. Raises Refusal
    below `fewest_people`, or where no grouping holds together.
    """
    n = len(columns["person"])
    if n < fewest_people:
        detail = f"{n} consenting customers in the audience and window; {fewest_people} are needed."
        raise Refusal("too-few-customers", detail, {"customers": n})
    features = fit_features(columns, attributes) if n >= ENOUGH_TO_CLUSTER else []
    if len({feature.key for feature in features}) < FEWEST_FEATURES:
        return _rfm_groups(columns, threshold)
    points = matrix(columns, features)
    sample = _sample(points, seed)
    names = [feature.key for feature in features]
    choice = choose_grouping(
        sample,
        names,
        largest=largest,
        floor=_scaled(floor, n, len(sample)),
        seed=seed,
        value=_value(trial, features),
        report=report,
    )
    quality = _quality(choice, n, len(sample), names)
    if choice.grouping is None:
        raise Refusal("unstable-groups", _why_unstable(choice), quality)
    where = assign(points, choice.grouping.centres)
    stability = {index: round(value, 4) for index, value in enumerate(choice.grouping.stability)}
    model = Model(features, points, choice.grouping.centres, where)
    return Groups("kmeans", choice.grouping.k, where.cluster, stability, quality, model)


def _value(trial: Trial | None, features: Sequence[Feature]) -> Value | None:
    if trial is None or not trial.is_telling:
        return None
    points, outcome = matrix(trial.columns, features), trial.outcome

    def value(found: Grouping) -> float:
        return auc_of(cell_scores(assign(points, found.centres).cluster, outcome), outcome).auc

    return value


def _sample(points: "np.ndarray[Any, Any]", seed: int) -> "np.ndarray[Any, Any]":
    import numpy as np

    if len(points) <= SAMPLE:
        return points
    return points[np.sort(np.random.default_rng(seed).choice(len(points), SAMPLE, replace=False))]


def _scaled(floor: int, people: int, sampled: int) -> int:
    return max(2, round(floor * sampled / people))


def _quality(choice: Choice, n: int, sampled: int, names: Sequence[str]) -> dict[str, Any]:
    chosen = choice.grouping
    return {
        "method": "kmeans",
        "customers": n,
        "sample": sampled,
        "features": sorted(set(names)),
        "k": chosen.k if chosen else None,
        "space": chosen.space if chosen else None,
        "stability": [round(value, 4) for value in chosen.stability] if chosen else None,
        "stability_min": round(chosen.weakest, 4) if chosen else None,
        "tried": [
            {
                "k": g.k,
                "space": g.space,
                "stability_min": round(g.weakest, 4),
                "smallest": min(g.sizes),
                "differences": g.differences,
            }
            for g in choice.tried
        ],
    }


def _why_unstable(choice: Choice) -> str:
    if not choice.tried:
        return (
            "No grouping had groups that are large enough and differ from one another in several attributes."
        )
    best = max(choice.tried, key=lambda g: g.weakest)
    return f"The best of all groupings (k = {best.k}) has a group of bootstrap Jaccard {best.weakest:.2f}; {DOUBTFUL} is needed."


def _rfm_groups(columns: Columns, threshold: int) -> Groups:
    import numpy as np

    labels = rfm_labels(columns["recency_days"], columns["orders"])
    sizes = np.bincount(labels, minlength=len(RULES))
    kept = [rule for rule in range(len(RULES)) if sizes[rule] >= threshold]
    quality = {
        "method": "rfm",
        "customers": len(labels),
        "k": len(kept),
        "stability_min": None,
        "action": _what_would_help(len(labels), asked=_unasked(columns))._asdict(),
    }
    if len(kept) < 2:
        raise Refusal(
            "too-little-data", "Too little is known to tell people apart, even by a simple rule.", quality
        )
    place = np.full(len(RULES), -1)
    place[kept] = np.arange(len(kept))
    return Groups("rfm", len(kept), place[labels], dict.fromkeys(range(len(kept)), None), quality)


def _unasked(columns: Columns) -> int:
    """People who have answered no survey question, rated nothing and were not heard."""
    import numpy as np

    said = [values for key, values in columns.items() if key in _SAID or key.startswith("answer:")]
    heard = [~np.isnan(values.astype(float)) for values in said]
    return (
        len(columns["person"]) - int(np.logical_or.reduce(heard).sum()) if heard else len(columns["person"])
    )


_SAID = ("rating", "recommendation", "sentiment")


def _what_would_help(people: int, *, asked: int) -> Words:
    """The next step for a shop too small for clusters: more people, or more said by those there are."""
    more = max(0, ENOUGH_TO_CLUSTER - people)
    vi = f"Hãy hỏi {asked} khách chưa từng trả lời bằng một biểu mẫu ngắn (3 câu: nhu cầu, mức giá quan trọng, sẵn lòng giới thiệu)"
    en = f"Ask the {asked} customers who never answered with a short form (3 questions: needs, how much price matters, would they recommend)"
    if more:
        vi, en = (
            f"{vi}, và xin đồng ý của thêm {more} khách: từ {ENOUGH_TO_CLUSTER} người, nhóm được tìm và kiểm định.",
            f"{en}, and gather the consent of {more} more: from {ENOUGH_TO_CLUSTER} people on, groups are found and tested.",
        )
        return Words(vi, en)
    return Words(f"{vi}, rồi chạy lại.", f"{en}, then run again.")
