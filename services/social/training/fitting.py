"""From labelled texts to a model: scikit-learn fits, what remains is a file of numbers."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from services.social.analysis.domain.analyser import look_at
from services.social.analysis.domain.grams import letter_grams, word_grams, words_in
from services.social.analysis.domain.hints import NAMES
from services.social.analysis.domain.lexicon import lexicon
from services.social.analysis.domain.linear import FORMAT, About, Head, save_model
from services.social.analysis.domain.shapes import NAMES as SHAPES
from services.social.training.calibration import calibrated_any, calibrated_one
from services.social.training.domain.examples import Example
from services.social.training.domain.habits import bare
from services.social.training.drafts import best_draft, folds_of

LEAST_EXAMPLES = 10
"""Labels with fewer texts are not learned: a model would only guess at them."""
RARE = {"words": 2, "letters": 3}
"""In how many texts a gram must stand; a text and its copy without diacritics count as two."""
HEADS: dict[str, Literal["one_of", "any_of"]] = {
    "sentiment": "one_of", "emotion": "one_of", "spam": "one_of", "intents": "any_of", "aspects": "any_of",
}  # fmt: skip


class TooFewExamples(ValueError):
    """No column has two labels with enough texts each."""


class Table(NamedTuple):
    """Texts as features: words, letters and hints side by side."""

    grams: Any
    hinted: Any

    def rows(self, places: Sequence[int], shaped: bool) -> Any:
        """Some of the rows, all features together; how texts look only where `shaped`: in made-up texts it tells only how
        they were made."""
        from scipy import sparse

        hinted = self.hinted[places]
        if not shaped:
            keep = sparse.diags([float(name not in SHAPES) for name in NAMES])
            hinted = sparse.csr_matrix(hinted @ keep)
        return sparse.hstack([self.grams[places], hinted]).tocsr()


def train(
    examples: Sequence[Example],
    path: Path,
    *,
    name: str,
    calibration: Sequence[Example] = (),
    heads: Iterable[str] = HEADS,
) -> About:
    """Learn from `examples` and write the model to `path`; each text is learned with and without its diacritics.

    `calibration` are texts that are not learned and only say how sure to be; without them a part of the examples is
    held out (whole sources, where there are several) and learned in the end. Raises TooFewExamples.
    """
    import numpy as np

    known, grammar = [*examples, *calibration], _Grammar()
    typed = [text for one in known for text in (one.text, bare(one.text))]
    table = grammar.fit(typed, 2 * len(examples))
    kept, columns, first = [], [], 0
    for head in heads:
        made = _fit_head(head, known, len(examples), table, first)
        if made:
            kept.append(made[0])
            columns.append(made[1])
            first += len(made[0].labels)
    if not kept:
        raise TooFewExamples(f"Two labels of one column need {LEAST_EXAMPLES} texts each.")
    weights = np.hstack([column.T for column in columns])  # features (with the bias last) by labels
    split = len(grammar.idf())
    about = About(
        FORMAT, name, digest_of(examples), datetime.now(UTC).isoformat(timespec="seconds"), NAMES, tuple(kept)
    )
    parts = {
        "idf": grammar.idf(),
        "weights": weights[:split],
        "hint_weights": weights[split:-1],
        "bias": weights[-1],
    }
    save_model(path, about, parts, grammar.words(), grammar.letters())
    return about


def digest_of(examples: Iterable[Example]) -> str:
    """SHA-256 over the texts and labels: which corpus a model comes from."""
    seen = hashlib.sha256()
    for one in examples:
        seen.update(repr(tuple(one)).encode())
    return seen.hexdigest()


class _Grammar:
    """The two vocabularies with how rare each gram is."""

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        def made(analyzer: Any, rare: int) -> Any:
            return TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=rare)

        self._parts = [
            made(lambda text: word_grams(words_in(text)), RARE["words"]),
            made(lambda text: letter_grams(words_in(text)), RARE["letters"]),
        ]

    def fit(self, texts: Sequence[str], learned: int) -> Table:
        """Learn the grams of the first `learned` texts; features of all of them."""
        import numpy as np
        from scipy import sparse

        words = lexicon()
        for part in self._parts:
            part.fit(texts[:learned])
        grams = sparse.hstack([part.transform(texts) for part in self._parts]).tocsr()
        hinted = np.array([look_at(text, words).hinted for text in texts], dtype=np.float32)
        return Table(grams, sparse.csr_matrix(hinted))

    def idf(self) -> Any:
        import numpy as np

        return np.concatenate([part.idf_ for part in self._parts])

    def words(self) -> list[str]:
        return list(self._parts[0].get_feature_names_out())

    def letters(self) -> list[str]:
        return list(self._parts[1].get_feature_names_out())


def _fit_head(
    head: str, known: Sequence[Example], learned: int, table: Table, first: int
) -> tuple[Head, Any] | None:
    """A head and its weights (labels by features, the bias last); None where there is too little to learn."""
    told = [place for place, one in enumerate(known) if getattr(one, head) is not None]
    answers = {place: getattr(known[place], head) for place in told}
    kind = HEADS[head]
    counted = Counter(
        label
        for place in told
        if place < learned
        for label in ((answers[place],) if kind == "one_of" else answers[place])
    )
    labels = tuple(sorted(label for label, count in counted.items() if count >= LEAST_EXAMPLES))
    if len(labels) < (2 if kind == "one_of" else 1):
        return None
    if kind == "one_of":
        told = [place for place in told if answers[place] in labels]
    gold = [
        [float(label == answers[place] or (kind == "any_of" and label in answers[place])) for label in labels]
        for place in told
    ]
    truth = dict(zip(told, gold, strict=True))
    folds = folds_of(told, [one.source for one in known], learned)
    draft = best_draft(table.rows, folds, truth, one_of=kind == "one_of", shaped=head == "spam")
    calibrate = calibrated_one if kind == "one_of" else calibrated_any
    setting = calibrate(draft.scores, draft.gold)
    final = draft.weights if draft.weights is not None else draft.learned(table.rows, told, truth)
    return Head(head, kind, labels, first, setting.scale, setting.certain, setting.cuts), setting.applied(
        final
    )
