"""Accuracy cards: how well texts are read, per source, as typed and without diacritics."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.social.analysis.domain import Analysis, analyse
from services.social.analysis.domain.linear import Model
from services.social.training.domain.examples import Example
from services.social.training.domain.habits import bare

LEAST = 5
"""Fewer labelled texts say nothing."""


class Line(NamedTuple):
    """One head on the texts of one source. Shares are 0..1; `coverage` and `kept` (accuracy of what is not abstained)
    only where the head abstains. `error`: how far certainty and accuracy lie apart (ten bins)."""

    source: str
    head: str
    typed: str
    n: int
    macro_f1: float
    micro_f1: float
    accuracy: float
    coverage: float | None = None
    kept: float | None = None
    error: float | None = None


def card(examples: Sequence[Example], models: Sequence[Model] = ()) -> list[Line]:
    """The figures of `models` (before the shipped one) on labelled texts. Every head that a source has labels for."""
    by_source: dict[str, list[Example]] = defaultdict(list)
    for one in examples:
        by_source[one.source].append(one)
    lines = []
    for source, part in by_source.items():
        for typed, change in (("as typed", str), ("no diacritics", bare)):
            answers = analyse([change(one.text) for one in part], models)
            lines += [
                line for head in HEADS if (line := _line(source, head, typed, part, answers)) is not None
            ]
    return lines


def _single(answer: str) -> frozenset[str]:
    return frozenset((answer,))


HEADS: dict[str, Callable[[Analysis], frozenset[str]]] = {
    "sentiment": lambda found: _single(found.sentiment.label),
    "emotion": lambda found: _single(found.emotion),
    "spam": lambda found: _single(found.spam.label),
    "intents": lambda found: frozenset(found.intents),
    "aspects": lambda found: frozenset(f"{one.aspect}#{one.polarity}" for one in found.aspects),
}


def _line(
    source: str, head: str, typed: str, part: Sequence[Example], answers: Sequence[Analysis]
) -> Line | None:
    told = [(getattr(one, head), found) for one, found in zip(part, answers, strict=True)]
    known = [
        (frozenset((gold,)) if isinstance(gold, str) else frozenset(gold), found)
        for gold, found in told
        if gold is not None
    ]
    if len(known) < LEAST:
        return None
    pairs = [(gold, HEADS[head](found)) for gold, found in known]
    right = [gold == said for gold, said in pairs]
    line = Line(source, head, typed, len(pairs), *f1_of(pairs), sum(right) / len(right))
    if head != "sentiment":
        return line
    sure = [ok for ok, (_, found) in zip(right, known, strict=True) if not found.sentiment.abstained]
    error = calibration_error(
        [(found.sentiment.score, ok) for ok, (_, found) in zip(right, known, strict=True)]
    )
    return line._replace(
        coverage=len(sure) / len(right), kept=sum(sure) / len(sure) if sure else None, error=error
    )


def f1_of(pairs: Sequence[tuple[frozenset[str], frozenset[str]]]) -> tuple[float, float]:
    """(macro, micro) F1 over the labels that occur in the truth."""
    hits: dict[str, int] = defaultdict(int)
    gold, said = defaultdict(int, hits), defaultdict(int, hits)
    for true, found in pairs:
        for label in true:
            gold[label] += 1
        for label in found:
            said[label] += 1
        for label in true & found:
            hits[label] += 1
    if not gold:
        return 0.0, 0.0
    each = [2 * hits[label] / (gold[label] + said[label]) for label in gold]
    whole = 2 * sum(hits.values()) / (sum(gold.values()) + sum(said[label] for label in said))
    return sum(each) / len(each), whole


def calibration_error(judged: Sequence[tuple[float, bool]]) -> float:
    """The mean distance between certainty and accuracy, over ten bins of certainty."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, right in judged:
        bins[min(9, int(score * 10))].append((score, right))
    return sum(
        abs(sum(score for score, _ in part) - sum(right for _, right in part)) for part in bins.values()
    ) / len(judged)
