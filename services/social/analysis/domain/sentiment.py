"""The sentiment of a whole text, with an honest certainty."""

from services.social.analysis.domain.findings import Sentiment
from services.social.analysis.domain.opinions import Opinion

# Each label starts with this much evidence, so that one mild word never makes a text certain.
PRIOR = 0.5
# Below this certainty the answer is an abstention: one plain word reaches 0.6, one mild word 0.5.
CERTAIN = 0.55
PLAIN = 1.0


def judge(said: list[Opinion], asks: bool) -> Sentiment:
    """`score` is the share of the evidence that speaks for the label (a rule of thumb, not fitted to any corpus).
    Where praise and blame balance, both turn into evidence for neutral; a question without opinions is neutral; no
    evidence at all is an abstention."""
    praise = sum(o.value for o in said if o.value > 0)
    blame = -sum(o.value for o in said if o.value < 0)
    flat = PLAIN * sum(1 for o in said if o.value == 0 and o.aspect)
    if asks and not praise and not blame:
        flat += PLAIN
    torn = min(praise, blame)
    mass = {"positive": praise - torn / 2, "neutral": flat + torn, "negative": blame - torn / 2}
    total = sum(mass.values()) + 3 * PRIOR
    masses = (("neutral", mass["neutral"]), ("positive", mass["positive"]), ("negative", mass["negative"]))
    label, most = max(masses, key=lambda item: item[1])
    score = (most + PRIOR) / total
    return Sentiment(label, round(score, 3), score < CERTAIN)  # type: ignore[arg-type]
