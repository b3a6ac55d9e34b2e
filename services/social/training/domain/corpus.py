"""The project's own training corpus: hand-written clauses put together and typed as people type. No sentence of any
other corpus is in it; the same seed always gives the same texts."""

import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from services.social.training.domain.examples import Example, read_examples
from services.social.training.domain.habits import disturb

SEED = 20_261_124
SIZE = 14_000
_FOLDER = files("services.social.training") / "corpus"


class Domain(NamedTuple):
    """What people talk about: the things, and per aspect what is said well, badly and flatly."""

    name: str
    things: list[str]
    aspects: Mapping[str, Mapping[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything that utterances are made of."""

    domains: list[Domain]
    talk: Mapping[str, list[str]]
    feelings: Mapping[str, list[str]]


def seeds() -> list[Example]:
    """The hand-written utterances: never trained on, they calibrate and are the frozen test."""
    return read_examples(Path(str(_FOLDER / "seeds.csv")))


def corpus(size: int = SIZE, seed: int = SEED) -> list[Example]:
    """`size` labelled utterances, each text once. `source` is the domain, so that a split can hold out whole ones."""
    dice, stock = random.Random(seed), _stock()  # noqa: S311 - reproducible, not secret
    found: dict[str, Example] = {}
    makers, weights = zip(*_KINDS, strict=True)
    while len(found) < size:
        domain = dice.choice(stock.domains)
        made = dice.choices(makers, weights)[0](dice, stock, domain)
        text = disturb(made.text, dice)
        found.setdefault(text.lower(), made._replace(text=text))
    return list(found.values())


@cache
def _stock() -> Stock:
    domains = [
        Domain(
            name,
            _split(body["things"]),
            {k: {p: _split(t) for p, t in v.items()} for k, v in body.items() if k != "things"},
        )
        for part in ("goods", "places")
        for name, body in _file(part).items()
    ]
    return Stock(domains, _lists("talk"), _lists("feelings"))


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


def _lists(name: str) -> dict[str, list[str]]:
    return {key: _split(text) for key, text in _file(name).items()}


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(" | ")]


def _said(dice: random.Random, domain: Domain, *tones: str) -> tuple[list[str], tuple[str, ...]]:
    """One clause a tone (good, bad or fair) about different aspects where there are enough, and their labels."""
    names = list(domain.aspects)
    picked = dice.sample(names, len(tones)) if len(names) >= len(tones) else dice.choices(names, k=len(tones))
    polarity = {"good": "positive", "bad": "negative", "fair": "neutral"}
    clauses = [dice.choice(domain.aspects[name][tone]) for name, tone in zip(picked, tones, strict=True)]
    return clauses, tuple(
        f"{name}#{polarity[tone]}" for name, tone in dict(zip(picked, tones, strict=True)).items()
    )


def _plain(dice: random.Random, stock: Stock, domain: Domain, tone: str) -> str:
    """A thing and a word of praise or blame, perhaps denied: what a verdict looks like in any domain."""
    thing, word = dice.choice(domain.things), dice.choice(stock.talk[f"plain_{tone}"])
    if dice.random() < 0.2:
        other = "bad" if tone == "good" else "good"
        return f"{thing} {dice.choice(stock.talk['not_good'])} {dice.choice(stock.talk[f'plain_{other}'])}"
    shape = dice.choice(stock.talk["more_good"]) if dice.random() < 0.5 else "{0}"
    return f"{thing} {shape.format(word)}"


def _joined(dice: random.Random, stock: Stock, parts: Sequence[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += " " + dice.choice(stock.talk["joints"]) + " " + part
    return text.replace(" ,", ",").replace(" .", ".")


def _framed(dice: random.Random, stock: Stock, text: str, tone: str) -> str:
    opener = dice.choice(stock.talk["openers"]) + " " if dice.random() < 0.35 else ""
    ending = (
        dice.choice((". ", ", ", " ")) + dice.choice(stock.talk[f"{tone}_endings"])
        if dice.random() < 0.45
        else ""
    )
    return opener + text + ending


def _verdict(
    tone: str, label: str, intent: str, feeling: str
) -> Callable[[random.Random, Stock, Domain], Example]:
    def make(dice: random.Random, stock: Stock, domain: Domain) -> Example:
        if dice.random() < 0.25:
            text, aspects = _plain(dice, stock, domain, tone), None
        else:
            clauses, aspects = _said(dice, domain, *[tone] * dice.randint(1, 3))
            text = _joined(dice, stock, clauses)
        extra = ""
        intents: tuple[str, ...] = (intent,)
        more, wanted = ("recommend", "recommendation") if tone == "good" else ("churn", "churn_threat")
        if dice.random() < 0.12:
            extra, intents = ", " + dice.choice(stock.talk[more]), (*intents, wanted)
        strong = dice.random() < 0.15
        if strong:
            extra += ". " + dice.choice(stock.feelings[feeling]).format(dice.choice(domain.things))
        text = _framed(dice, stock, text + extra, tone)
        return Example(text, label, feeling if strong else None, intents, aspects, "clean", domain.name)

    return make


def _mixed(dice: random.Random, stock: Stock, domain: Domain) -> Example:
    """Praise and blame: what there is more of decides, and as much of both is neutral."""
    tones = dice.choice(
        (("good", "bad"), ("bad", "good"), ("good", "good", "bad"), ("bad", "bad", "good"), ("good", "bad"))
    )
    clauses, aspects = _said(dice, domain, *tones)
    text = f"{_joined(dice, stock, clauses[:-1])} {dice.choice(stock.talk['turns'])} {clauses[-1]}"
    good, bad = tones.count("good"), tones.count("bad")
    label = "neutral" if good == bad else "positive" if good > bad else "negative"
    return Example(
        _framed(dice, stock, text, "fair"),
        label,
        None,
        ("complaint", "praise"),
        aspects,
        "clean",
        domain.name,
    )


def _fair(dice: random.Random, stock: Stock, domain: Domain) -> Example:
    clauses, aspects = _said(dice, domain, *["fair"] * dice.randint(1, 2))
    text = _framed(dice, stock, _joined(dice, stock, clauses), "fair")
    return Example(text, "neutral", "other", (), aspects, "clean", domain.name)


def _filled(
    kind: str, label: str, intents: tuple[str, ...], feeling: str | None
) -> Callable[[random.Random, Stock, Domain], Example]:
    def make(dice: random.Random, stock: Stock, domain: Domain) -> Example:
        shapes = stock.talk.get(kind) or stock.feelings[kind]
        text = dice.choice(shapes).format(dice.choice(domain.things))
        if dice.random() < 0.3:
            text = dice.choice(stock.talk["openers"]) + " " + text
        if kind == "questions" and dice.random() < 0.5:
            text += "?"
        return Example(text, label, feeling, intents, None, "clean", domain.name)

    return make


def _asked_beside(dice: random.Random, stock: Stock, domain: Domain) -> Example:
    """A question about a fault: it claims nothing."""
    clause = dice.choice(dice.choice(list(domain.aspects.values()))["bad"])
    text = dice.choice(
        ("có ai bị {0} không", "cho hỏi {0} thì phải làm sao", "{0} là do đâu vậy mọi người")
    ).format(clause)
    return Example(
        text + dice.choice(("", "?", " ạ", " shop ơi")),
        "neutral",
        None,
        ("question",),
        None,
        "clean",
        domain.name,
    )


def _felt(feeling: str) -> Callable[[random.Random, Stock, Domain], Example]:
    tone = {"joy": "positive", "other": "neutral", "surprise": None}.get(feeling, "negative")

    def make(dice: random.Random, stock: Stock, domain: Domain) -> Example:
        whom = dice.choice(stock.feelings["people"])
        parts = [part.format(whom) for part in dice.sample(stock.feelings[feeling], dice.choice((1, 1, 2)))]
        return Example(_joined(dice, stock, parts), tone, feeling, None, None, "clean", "feelings")

    return make


def _unwanted(label: str) -> Callable[[random.Random, Stock, Domain], Example]:
    def make(dice: random.Random, stock: Stock, domain: Domain) -> Example:
        parts = dice.sample(stock.feelings[label], dice.choice((1, 1, 2)))
        text = " . ".join(parts).format(dice.choice(domain.things))
        return Example(text, None, None, None, None, label, "unwanted")

    return make


def _mash(dice: random.Random, stock: Stock, domain: Domain) -> Example:
    """What comes of a hand on the keys, or of a word said for the number of letters."""
    if dice.random() < 0.5:
        word = dice.choice(stock.talk["plain_good"] + domain.things)
        text = " ".join([word] * dice.randint(6, 14))
    else:
        rows = ("asdfghjkl", "qwertyuiop", "zxcvbnm", "hjkdns", "bdhsjxn")
        text = " ".join(
            "".join(dice.choices(dice.choice(rows), k=dice.randint(3, 11))) for _ in range(dice.randint(1, 6))
        )
    return Example(text, None, None, None, None, "spam", "unwanted")


_KINDS: tuple[tuple[Callable[[random.Random, Stock, Domain], Example], float], ...] = (
    (_verdict("good", "positive", "praise", "joy"), 24),
    (_verdict("bad", "negative", "complaint", "anger"), 21),
    (_mixed, 8),
    (_fair, 7),
    (_filled("wishes", "negative", ("complaint",), None), 6),
    (_filled("complaint", "negative", ("complaint",), "anger"), 2),
    (_filled("sarcasm", "negative", ("complaint",), None), 1.5),
    (_filled("questions", "neutral", ("question",), "other"), 5),
    (_filled("purchase_intent", "neutral", ("purchase_intent",), "other"), 3),
    (_filled("facts", "neutral", (), "other"), 6),
    (_asked_beside, 2.5),
    *((_felt(feeling), 2.6) for feeling in ("joy", "sadness", "anger", "fear", "disgust", "surprise", "other")),
    (_unwanted("advert"), 4),
    (_unwanted("seeding"), 2),
    (_unwanted("spam"), 3),
    (_mash, 2),
)  # fmt: skip
