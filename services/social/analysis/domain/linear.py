"""Linear models of texts: read from a data file that cannot run anything, scored for a batch at a time.

A text is two unit vectors (tf-idf of its word grams, and of its letter grams) and the lexicon's hints beside them;
each label has one weight for each. NumPy is imported on first use: the service starts without it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from services.social.analysis.domain.grams import letter_grams, word_grams, words_in
from services.social.analysis.domain.hints import NAMES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FORMAT = 1
MAX_FILE = 64 * 1024 * 1024
"""Bytes of the largest model file that is opened."""


class BadModel(ValueError):
    """The file is no model, of another format, or was made for other lexicon hints; the message says which."""


class Head(msgspec.Struct, frozen=True):
    """One question: `labels` are the columns `first`, `first` + 1, ... of the weights.

    `one_of`: exactly one label holds (softmax of `scale` x scores), and below `certain` the answer is an abstention;
    `any_of`: each holds or not (logistic), from its `cuts` on.
    """

    name: str
    kind: Literal["one_of", "any_of"]
    labels: tuple[str, ...]
    first: int
    scale: float = 1.0
    certain: float = 0.0
    cuts: tuple[float, ...] = ()


class About(msgspec.Struct, frozen=True):
    """What a model's file says of itself. `corpus` is the SHA-256 of what it was trained on."""

    format: int
    name: str
    corpus: str
    trained_at: str
    hints: tuple[str, ...]
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model."""

    about: About
    words: Mapping[str, int]
    letters: Mapping[str, int]
    idf: "Floats"
    weights: "Floats"
    hint_weights: "Floats"
    bias: "Floats"
    heads: Mapping[str, Head] = field(default_factory=dict)

    def score(self, texts: Sequence[str], hinted: Sequence[Sequence[float]]) -> "Floats":
        """The score of every label of every head: one row a text. `hinted` are the lexicon's numbers for each."""
        import numpy as np

        scores = np.asarray(hinted, dtype=np.float32).reshape(len(texts), -1) @ self.hint_weights + self.bias
        docs, grams = self._places(texts)
        if not len(grams):
            return scores.astype(np.float32)
        keys, counts = np.unique(docs * len(self.idf) + grams, return_counts=True)
        doc, gram = np.divmod(keys, len(self.idf))
        values = (1 + np.log(counts, dtype=np.float32)) * self.idf[gram]
        half = doc * 2 + (gram >= len(self.words))
        lengths = np.sqrt(np.bincount(half, values * values, minlength=2 * len(texts)))
        values /= lengths[half].astype(np.float32)
        starts = np.flatnonzero(np.diff(doc, prepend=-1))
        parts = np.add.reduceat(self.weights[gram] * values[:, None], starts, axis=0)
        scores[doc[starts]] += parts
        return scores.astype(np.float32)

    def _places(self, texts: Sequence[str]) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        """The known grams of all texts: whose they are and which, side by side."""
        import numpy as np

        get, letters = self.words.get, self.letters.get
        docs, grams = [], []
        for number, text in enumerate(texts):
            words = words_in(text)
            found = [place for gram in word_grams(words) if (place := get(gram)) is not None]
            found += [place for gram in letter_grams(words) if (place := letters(gram)) is not None]
            docs.append(np.full(len(found), number, dtype=np.int64))
            grams.append(np.asarray(found, dtype=np.int64))
        return np.concatenate(docs), np.concatenate(grams)

    def answers(self, head: Head, row: Sequence[float]) -> list[float]:
        """The probability of each label of a head, from a text's row of scores."""
        scores = [head.scale * float(s) for s in row[head.first : head.first + len(head.labels)]]
        if head.kind == "any_of":
            return [1 / (1 + math.exp(-max(-30.0, min(30.0, s)))) for s in scores]
        most = max(scores)
        raised = [math.exp(s - most) for s in scores]
        return [r / sum(raised) for r in raised]


def load_model(path: Path) -> Model:
    """A model from its file. Raises BadModel; OSError where there is none. Nothing in the file is executed."""
    import zipfile

    import numpy as np

    if path.stat().st_size > MAX_FILE:
        raise BadModel(f"{path.name} is larger than {MAX_FILE} bytes.")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            return _assembled(held)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise error if isinstance(error, BadModel) else BadModel(f"{path.name} is no model.") from error


def _assembled(held: Any) -> Model:
    import numpy as np

    about = msgspec.json.decode(held["about"].tobytes(), type=About)
    if about.format != FORMAT or about.hints != NAMES:
        raise BadModel(f"{about.name} was made for another version of the analysis: train it anew.")
    words, letters = _listed(held["words"]), _listed(held["letters"])
    model = Model(
        about,
        {gram: place for place, gram in enumerate(words)},
        {gram: place for place, gram in enumerate(letters, len(words))},
        held["idf"].astype(np.float32),
        held["weights"].astype(np.float32),
        held["hint_weights"].astype(np.float32),
        held["bias"].astype(np.float32),
        {head.name: head for head in about.heads},
    )
    _mind_shapes(model)
    return model


def _mind_shapes(model: Model) -> None:
    grams, columns = (
        len(model.words) + len(model.letters),
        sum(len(head.labels) for head in model.about.heads),
    )
    shapes = (model.idf.shape, model.weights.shape, model.hint_weights.shape, model.bias.shape)
    if shapes != ((grams,), (grams, columns), (len(NAMES), columns), (columns,)):
        raise BadModel(f"{model.about.name} is damaged: its parts do not fit together.")


def _listed(packed: Any) -> list[str]:
    text = packed.tobytes().decode()
    return text.split("\n") if text else []


def save_model(
    path: Path, about: About, parts: "Mapping[str, Any]", words: Sequence[str], letters: Sequence[str]
) -> None:
    """Write a model's file, whole or not at all. `parts`: idf, weights, hint_weights, bias (float arrays)."""
    import numpy as np

    draft = path.with_suffix(".part.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        name: np.asarray(part).astype(np.float16 if name == "weights" else np.float32)
        for name, part in parts.items()
    }
    np.savez_compressed(
        draft,
        allow_pickle=False,
        about=np.frombuffer(msgspec.json.encode(about), dtype=np.uint8),
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        letters=np.frombuffer("\n".join(letters).encode(), dtype=np.uint8),
        **arrays,
    )
    draft.replace(path)
