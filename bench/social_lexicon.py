"""How well the lexicon reads smartphone reviews: `python -m bench.social_lexicon`.

Reads the train part of UIT-ViSFD (research and evaluation only: nothing of it ships) from
`$CHANDUNG_DATA/social/uit_visfd/data.csv`, by default `../shared/data` beside the checkout. The sentiment of a review
is derived from its aspects: the polarity that more of them have, neutral on a tie.
"""

import csv
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from services.social.analysis.domain import Analysis, analyse
from services.social.analysis.domain.tokens import strip_accents

LABELS = ("positive", "neutral", "negative")
ASPECTS = {
    "BATTERY": "battery", "CAMERA": "camera", "DESIGN": "design", "FEATURES": "usability", "GENERAL": "general",
    "PERFORMANCE": "performance", "PRICE": "price", "SCREEN": "screen", "SER&ACC": "service", "STORAGE": "storage",
}  # fmt: skip
Pairs = set[tuple[str, str]]


def main() -> int:
    """Print the figures. Returns 0, also where the data is absent."""
    root = Path(__file__).resolve().parents[1]
    path = (
        Path(os.environ.get("CHANDUNG_DATA", root.parent / "shared" / "data"))
        / "social"
        / "uit_visfd"
        / "data.csv"
    )
    if not path.exists():
        print(
            "skipped: no UIT-ViSFD here; set CHANDUNG_DATA to the folder that holds social/uit_visfd/data.csv"
        )
        return 0
    rows = _train(path)
    for name, typed in (("as written", str), ("without diacritics", lambda t: strip_accents(t.lower()))):
        print(f"== UIT-ViSFD train, {name}")
        _report(rows, typed)
    return 0


def _train(path: Path) -> list[tuple[str, Pairs]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(r["text"], _pairs(r["label"])) for r in csv.DictReader(file) if r["split"] == "train"]


def _pairs(label: str) -> Pairs:
    marks = (part.split("#") for part in label.split(";") if "#" in part)
    return {(ASPECTS[aspect], polarity.lower()) for aspect, polarity in marks}


def _report(rows: list[tuple[str, Pairs]], typed: Callable[[str], str]) -> None:
    texts = [typed(text) for text, _ in rows]
    start = time.perf_counter()
    answers = analyse(texts)
    seconds = time.perf_counter() - start
    print(f"speed: {len(texts) / seconds:,.0f} texts/s on one core, {len(texts)} texts")
    _sentiment([(_gold(pairs), a) for (_, pairs), a in zip(rows, answers, strict=True) if pairs])
    _aspects([(pairs, a) for (_, pairs), a in zip(rows, answers, strict=True)])


def _gold(pairs: Pairs) -> str:
    counts = Counter(polarity for _, polarity in pairs)
    most = max(counts.values())
    leading = [label for label in LABELS if counts[label] == most]
    return leading[0] if len(leading) == 1 else "neutral"


def _sentiment(judged: list[tuple[str, Analysis]]) -> None:
    kept = [(gold, a) for gold, a in judged if not a.sentiment.abstained]
    for name, part in (("all", judged), ("not abstained", kept)):
        pairs = [(gold, a.sentiment.label) for gold, a in part]
        share = len(part) / len(judged)
        print(
            f"sentiment, {name}: coverage {share:.1%}, macro-F1 {_macro_f1(pairs):.1%}, accuracy {_accuracy(pairs):.1%}"
        )
    for low, high in ((0.0, 0.45), (0.45, 0.55), (0.55, 0.65), (0.65, 0.75), (0.75, 0.85), (0.85, 1.01)):
        part = [(g, a) for g, a in judged if low <= a.sentiment.score < high]
        if part:
            mean = sum(a.sentiment.score for _, a in part) / len(part)
            right = _accuracy((g, a.sentiment.label) for g, a in part)
            print(
                f"  score {low:.2f}-{min(high, 1):.2f}: n {len(part):5d}, mean score {mean:.2f}, right {right:.2f}"
            )


def _aspects(judged: list[tuple[Pairs, Analysis]]) -> None:
    known = set(ASPECTS.values())
    found = [{(f.aspect, f.polarity) for f in a.aspects if f.aspect in known} for _, a in judged]
    gold = [pairs for pairs, _ in judged]
    both = list(zip(gold, found, strict=True))
    named = [({a for a, _ in g}, {a for a, _ in f}) for g, f in both]
    scores = {
        a: _f1(
            sum(a in g and a in f for g, f in named),
            sum(a in f for _, f in named),
            sum(a in g for g, _ in named),
        )
        for a in sorted(known)
    }
    print(
        f"aspects: macro-F1 {sum(scores.values()) / len(scores):.1%}  "
        + " ".join(f"{a} {s:.0%}" for a, s in scores.items())
    )
    hit = sum(len(g & f) for g, f in both)
    print(f"aspect + polarity: micro-F1 {_f1(hit, sum(map(len, found)), sum(map(len, gold))):.1%}")


def _accuracy(pairs: Iterable[tuple[str, str]]) -> float:
    listed = list(pairs)
    return sum(gold == said for gold, said in listed) / len(listed)


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    hits, said, gold = (
        Counter(c) for c in ([g for g, s in pairs if g == s], [s for _, s in pairs], [g for g, _ in pairs])
    )
    return sum(_f1(hits[label], said[label], gold[label]) for label in LABELS) / len(LABELS)


def _f1(hits: int, said: int, gold: int) -> float:
    return 2 * hits / (said + gold) if said + gold else 0.0


if __name__ == "__main__":
    sys.exit(main())
