"""From texts to analyses."""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from kernel.privacy.redaction import redact
from services.social.analysis.domain.aspects import find_aspects
from services.social.analysis.domain.findings import Analysis, AspectFinding, PiiFinding
from services.social.analysis.domain.hints import hints
from services.social.analysis.domain.languages import language
from services.social.analysis.domain.lexicon import Lexicon, lexicon
from services.social.analysis.domain.linear import Model, load_model
from services.social.analysis.domain.opinions import Opinion, opinions
from services.social.analysis.domain.reading import Reading, read
from services.social.analysis.domain.verdicts import feel, judge, judge_spam, locate, want

SHIPPED = Path(str(files("services.social.analysis") / "models" / "vi.npz"))
"""The model that comes with the project, trained on its own corpus (see services/social/training)."""

# Personal data is looked for in the whole text; the rest is judged by its beginning, so that time is bounded.
READ_CHARS = 20_000
SCORED_CHARS = 4_000
TEXTS_A_TIME = 256
"""Texts scored together: memory stays bounded, whatever their number."""
# What redaction leaves of a way to reach somebody, here or before the text came here.
_CONTACT = re.compile(r"\[(?:phone|email|url)\]")


class Text(NamedTuple):
    """A text without its personal data, and what the lexicon finds in it."""

    head: str
    redacted: str
    pii: list[PiiFinding]
    found: Reading
    said: list[Opinion]
    hinted: list[float]


def shipped() -> Model:
    """The model that comes with the project, loaded once in a process. Raises BadModel where its file is damaged."""
    return model_at(SHIPPED)


@lru_cache(maxsize=2)
def model_at(path: Path) -> Model:
    """The model of a file that never changes. Raises BadModel; OSError where there is none."""
    return load_model(path)


def analyse(texts: Sequence[str], models: Sequence[Model] = ()) -> list[Analysis]:
    """Analyse texts, in order, one answer each; the same text always gets the same answer.

    `models` are asked before the shipped one: the first that has a head answers its question. Personal data is
    redacted first: every passage in an answer is a passage of `redacted`. Never raises for any text: an empty one, one
    of another language or a megabyte of noise gets an abstention. Lone surrogates are replaced by U+FFFD, so that an
    answer can always be encoded as UTF-8.
    """
    words, asked = lexicon(), _needed((*models, shipped()))
    out: list[Analysis] = []
    for start in range(0, len(texts), TEXTS_A_TIME):
        out += _analyse_some(
            [look_at(text, words) for text in texts[start : start + TEXTS_A_TIME]], words, asked
        )
    return out


def _needed(models: Sequence[Model]) -> list[Model]:
    """Models that answer a question which none before them answers."""
    needed: list[Model] = []
    for model in models:
        if not needed or model.heads.keys() - {head for one in needed for head in one.heads}:
            needed.append(model)
    return needed


def look_at(text: str, words: Lexicon) -> Text:
    """Redact a text and find in it what the lexicon knows."""
    clean = redact(_encodable(text))
    head = clean.text[:READ_CHARS]
    found = read(head, words)
    said = opinions(found, words.links)
    hinted = hints(head, found, said, len(_CONTACT.findall(clean.text)))
    return Text(head, clean.text, [PiiFinding(*one) for one in clean.found], found, said, hinted)


def _analyse_some(looked: Sequence[Text], words: Lexicon, asked: Sequence[Model]) -> list[Analysis]:
    scored = {}
    for model in asked:
        heads = [text.head[:SCORED_CHARS] for text in looked]
        scored[model.about.name] = model.score(heads, [text.hinted for text in looked]).tolist()
    return [
        _answer(text, words, asked, {name: rows[place] for name, rows in scored.items()})
        for place, text in enumerate(looked)
    ]


def _answer(text: Text, words: Lexicon, asked: Sequence[Model], rows: dict[str, Any]) -> Analysis:
    def of(head: str) -> tuple[Any, list[float]] | None:
        for model in asked:
            if head in model.heads:
                return model.heads[head], model.answers(model.heads[head], rows[model.about.name])
        return None

    silent = not any(map(str.isalnum, text.head)) and not text.said
    return Analysis(
        lang=language(text.head, text.found, words),
        sentiment=judge(of("sentiment"), silent),
        emotion=feel(of("emotion"), silent),
        intents=want(of("intents"), text.found),
        aspects=_aspects(text, of("aspects")),
        spam=judge_spam(of("spam"), text.found, silent),
        pii=text.pii,
        redacted=text.redacted,
        model=asked[0].about.name,
    )


def _aspects(text: Text, told: tuple[Any, list[float]] | None) -> list[AspectFinding]:
    """What the lexicon finds with its words; where a model knows aspects, it decides and the lexicon shows where."""
    spotted = find_aspects(text.head, text.found, text.said)
    return locate(told, spotted, text.head) if told else spotted


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text
