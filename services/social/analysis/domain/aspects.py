"""What is said about each aspect, with the words that say it."""

from collections.abc import Iterable

from services.social.analysis.domain.findings import ASPECTS, Aspect, AspectFinding, Polarity
from services.social.analysis.domain.opinions import Opinion
from services.social.analysis.domain.reading import Reading

# Praise and blame closer to each other than this share of both are a mixed, hence neutral, judgement.
MIXED = 0.25


def polarity(praise: float, blame: float) -> Polarity:
    """The sign of the balance; neutral where both sides weigh about the same."""
    if abs(praise - blame) <= MIXED * (praise + blame):
        return "neutral"
    return "positive" if praise > blame else "negative"


def find_aspects(text: str, found: Reading, said: list[Opinion]) -> list[AspectFinding]:
    """One finding an aspect, in the order of the vocabulary. An aspect that is only named is neutral, unless
    it was named weakly. The evidence is the passage of `text` that weighs most."""
    by_aspect: dict[Aspect, list[Opinion]] = {}
    for opinion in said:
        if opinion.aspect:
            by_aspect.setdefault(opinion.aspect, []).append(opinion)
    for mention in found.aspects:
        if not mention.weak and mention.aspect not in by_aspect:
            by_aspect[mention.aspect] = [Opinion(mention.aspect, 0.0, mention.first, mention.end)]
    return [_finding(text, found, a, by_aspect[a]) for a in ASPECTS if a in by_aspect]


def _finding(text: str, found: Reading, aspect: Aspect, said: Iterable[Opinion]) -> AspectFinding:
    ordered = list(said)
    praise = sum(o.value for o in ordered if o.value > 0)
    blame = -sum(o.value for o in ordered if o.value < 0)
    sign = polarity(praise, blame)
    direction = -1 if sign == "negative" else 1
    best = max(ordered, key=lambda o: o.value * direction)
    tokens = found.tokens
    return AspectFinding(aspect, sign, text[tokens[best.first].start : tokens[best.end - 1].end])
