"""From a model's probabilities to answers, with an abstention where they are too close."""

import re
from collections.abc import Sequence

from services.social.analysis.domain.findings import (
    ASPECTS,
    INTENTS,
    AspectFinding,
    Emotion,
    Intent,
    Sentiment,
    Spam,
)
from services.social.analysis.domain.linear import Head
from services.social.analysis.domain.reading import Reading
from services.social.analysis.domain.signals import asks

SUREST = 0.995
"""No text is read with more certainty than this, whatever its weights add up to."""
Told = tuple[Head, list[float]] | None
"""A head and the probability of each of its labels; None where no model has it."""
_SAID = ("purchase_intent", "recommendation", "churn_threat", "question")
"""Intents that have phrases of their own; complaint and praise follow from the whole text."""
_CLAUSE = re.compile(r"[^.,;!?\n]*[^.,;!?\s][^.,;!?\n]*")


def judge(told: Told, silent: bool) -> Sentiment:
    """The likeliest sentiment. `silent`: nothing in the text can be judged."""
    if told is None or silent:
        return Sentiment("neutral", round(1 / 3, 3), True)
    head, chances = told
    label, chance = _likeliest(head, chances)
    return Sentiment(label, round(chance, 3), chance < head.certain)  # type: ignore[arg-type]


def feel(told: Told, silent: bool) -> Emotion:
    """The likeliest emotion; `other` where nothing can be judged."""
    if told is None or silent:
        return "other"
    return _likeliest(*told)[0]  # type: ignore[return-value]


def want(told: Told, found: Reading) -> list[Intent]:
    """Intents in the order of the vocabulary: what the model hears, and what is said in so many words."""
    wanted = {intent for intent in found.intents if intent in _SAID}
    if asks(found):
        wanted.add("question")
    if told:
        wanted.update(_holding(*told))  # type: ignore[arg-type]
    return [intent for intent in INTENTS if intent in wanted]


def judge_spam(told: Told, found: Reading, silent: bool) -> Spam:
    """What kind of unwanted text it is, if any. A text without letters is no spam, but nothing is known: 0.5."""
    if told is None or silent:
        return Spam("clean", 0.5)
    head, chances = told
    label, chance = _likeliest(head, chances)
    return Spam(label, round(chance, 3))  # type: ignore[arg-type]


def locate(
    told: tuple[Head, list[float]], spotted: Sequence[AspectFinding], text: str
) -> list[AspectFinding]:
    """The aspects that a model hears, each with the lexicon's words for it, or else the first clause of the text."""
    chosen: dict[str, tuple[float, str]] = {}
    for label, chance in zip(told[0].labels, told[1], strict=True):
        aspect, _, polarity = label.partition("#")
        if label in _holding(*told) and chance > chosen.get(aspect, (0.0, ""))[0]:
            chosen[aspect] = (chance, polarity)
    words = {one.aspect: one.evidence for one in spotted}
    first = _CLAUSE.search(text)
    elsewhere = first[0].strip() if first else text[:1]
    return [
        AspectFinding(aspect, chosen[aspect][1], words.get(aspect, elsewhere))  # type: ignore[arg-type]
        for aspect in ASPECTS
        if aspect in chosen
    ]


def _likeliest(head: Head, chances: Sequence[float]) -> tuple[str, float]:
    place = max(range(len(chances)), key=chances.__getitem__)
    return head.labels[place], min(SUREST, chances[place])


def _holding(head: Head, chances: Sequence[float]) -> list[str]:
    return [
        label for label, chance, cut in zip(head.labels, chances, head.cuts, strict=True) if chance >= cut
    ]
