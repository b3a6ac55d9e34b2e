"""A training with its trial, as a child process does it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from services.social.analysis.domain.linear import Model, load_model
from services.social.models.domain.trial import Figures, losses
from services.social.training.cards import card
from services.social.training.domain.corpus import SIZE, corpus, seeds
from services.social.training.domain.examples import Example
from services.social.training.fitting import HEADS, train

TAUGHT = 3
"""How often a company's own correction counts against one text of the corpus."""
FROZEN, OWN = "frozen", "own"


class Outcome(NamedTuple):
    """A trained model's file, its figures and those of the model before, and where it is worse than allowed."""

    file: bytes
    before: Figures
    after: Figures
    lost: Sequence[str]


def retrain(
    name: str, learn: Sequence[Example], held: Sequence[Example], before: bytes | None, size: int = SIZE
) -> Outcome:
    """Train on `size` texts of the shipped corpus and corrections, and compare with the model before (None: the shipped one) on the
    frozen test and on the corrections held out. Raises TooFewExamples."""
    with tempfile.TemporaryDirectory() as folder:
        path, old = Path(folder) / "new.npz", Path(folder) / "old.npz"
        heads = [head for head in HEADS if head != "aspects"]
        train(
            [*corpus(size), *[one for one in learn for _ in range(TAUGHT)]],
            path,
            name=name,
            calibration=seeds(),
            heads=heads,
        )
        models = [load_model(path)]
        previous = []
        if before is not None:
            old.write_bytes(before)
            previous = [load_model(old)]
        told, known = _figures(models, held), _figures(previous, held)
        return Outcome(path.read_bytes(), known, told, losses(known, told))


def _figures(models: Sequence[Model], held: Sequence[Example]) -> dict[str, float]:
    tests = [*(one._replace(source=FROZEN) for one in seeds()), *(one._replace(source=OWN) for one in held)]
    lines = card(tests, models)
    return {
        f"{line.source}/{line.head}": round(line.macro_f1, 4)
        for line in lines
        if line.typed == "as typed" and line.head != "aspects"
    }
