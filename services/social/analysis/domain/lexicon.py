"""The lexicon files as two word tries: one for texts with diacritics, one for texts typed without."""

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any, Literal, get_args

from services.social.analysis.domain.findings import Aspect, Emotion, Intent, SpamLabel
from services.social.analysis.domain.tokens import strip_accents, tokenise

Role = Literal["opinion", "sign", "neutral", "negator", "booster", "damper", "contrast", "idle"]
Words = tuple[str, ...]
WEIGHTS = {"strong": 2.0, "plain": 1.0, "mild": 0.5}


@dataclass(frozen=True, slots=True)
class Cue:
    """A word or phrase that bears on opinion. `weight` is signed; `within` gives the sign that it has beside an
    aspect; `aspect` is what it is about by itself; `ahead` says that it stands before its object."""

    role: Role
    weight: float = 0.0
    aspect: Aspect | None = None
    within: Mapping[Aspect, int] = field(default_factory=dict)
    ahead: bool = False


@dataclass(slots=True)
class Node:
    """A place in a trie: what may follow, and what is said by the words so far, one value a channel.

    `weak`: the aspect counts only where an opinion is tied to it; `asks`: a clause that ends here is a question."""

    children: dict[str, "Node"] = field(default_factory=dict)
    cue: Cue | None = None
    aspect: Aspect | None = None
    weak: bool = False
    emotion: tuple[Emotion, ...] = ()
    intents: tuple[Intent, ...] = ()
    spam: tuple[tuple[SpamLabel, float], ...] = ()
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything known about words. `known` are the words of all entries (`bare_known`: without accents); `shorthand` expands teencode."""

    accented: Node
    bare: Node
    known: Mapping[str, object]
    bare_known: Mapping[str, object]
    shorthand: Mapping[str, Words]
    bare_shorthand: Mapping[str, Words]
    links: frozenset[str]
    vi: frozenset[str]
    en: frozenset[str]


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((files("services.social.analysis") / "lexicon" / f"{name}.toml").read_text("utf-8"))


@functools.cache
def lexicon() -> Lexicon:
    """The lexicon, read once in a process. Raises `tomllib.TOMLDecodeError` where a file is broken."""
    shorthand = {
        short: tuple(meant.split())
        for meant, shorts in _file("shorthand")["words"].items()
        for short in shorts
    }
    entries: dict[Words, Node] = {}
    modifiers = _file("modifiers")
    for load in (_opinions, _modifiers, _aspects, _emotions, _intents, _spam):
        for text, values in load():
            _merge(entries, _words(text, shorthand), values)
    for text in modifiers["question_ends"]:
        _merge(entries, _words(text, shorthand), {"asks": True})
    for text in modifiers["ahead"]:
        node = entries.get(_words(text, shorthand))
        if node and node.cue:
            node.cue = replace(node.cue, ahead=True)
    known = dict.fromkeys(word for words in entries for word in words)
    small = _file("languages")
    return Lexicon(
        accented=_trie(entries.items()),
        bare=_trie(_bare_entries(entries)),
        known=known,
        bare_known=dict.fromkeys(map(strip_accents, known)),
        shorthand=shorthand,
        bare_shorthand={short: tuple(map(strip_accents, words)) for short, words in shorthand.items()},
        links=frozenset(modifiers["links"]) | frozenset(map(strip_accents, modifiers["links"])),
        vi=frozenset(small["vi"]),
        en=frozenset(small["en"]),
    )


def _words(text: str, shorthand: Mapping[str, Words]) -> Words:
    return tuple(token.word for token in tokenise(text, {}, shorthand))


def _merge(entries: dict[Words, Node], words: Words, values: dict[str, Any]) -> None:
    node = entries.setdefault(words, Node())
    for channel, value in values.items():
        old = getattr(node, channel)
        if channel == "cue" and old is not None:
            value = _blend(old, value)  # noqa: PLW2901 - the blended cue takes the new one's place
        elif isinstance(old, tuple):
            value = old + tuple(v for v in value if v not in old)  # noqa: PLW2901 - likewise
        setattr(node, channel, value)


def _blend(old: Cue, new: Cue) -> Cue:
    """A word listed twice: what it is about and beside is added up, its weight and role stay the first ones."""
    if old.role != "opinion" or new.role != "opinion":
        return new if old.role == "opinion" else old
    return replace(
        old,
        weight=old.weight or new.weight,
        aspect=old.aspect or new.aspect,
        within={**old.within, **new.within},
    )


def _opinions() -> Iterable[tuple[str, dict[str, Any]]]:
    data = _file("opinions")
    for sign, part in ((1, "positive"), (-1, "negative")):
        for strength, weight in WEIGHTS.items():
            for text in data[part][strength]:
                yield text, {"cue": Cue("opinion", sign * weight)}
        for strength in ("strong", "plain"):
            for text in data["english"][f"{part}_{strength}"]:
                yield text, {"cue": Cue("opinion", sign * WEIGHTS[strength], ahead=True)}
        for text in data["signs"][part]:
            yield text, {"cue": Cue("sign", sign * WEIGHTS["mild"])}
    for text in data["neutral"]["plain"]:
        yield text, {"cue": Cue("neutral")}


def _modifiers() -> Iterable[tuple[str, dict[str, Any]]]:
    data = _file("modifiers")
    roles: dict[str, Role] = {
        "negators": "negator",
        "intensifiers": "booster",
        "diminishers": "damper",
        "contrasts": "contrast",
        "idle": "idle",
    }
    for part, role in roles.items():
        for text in data[part]:
            yield text, {"cue": Cue(role)}


def _aspects() -> Iterable[tuple[str, dict[str, Any]]]:
    for name, data in _file("aspects").items():
        aspect = _checked(name, Aspect)
        for text in data["terms"]:
            yield text, {"aspect": aspect}
        for text in data.get("weak", ()):
            yield text, {"aspect": aspect, "weak": True}
        for part, sign in (("good", 1), ("bad", -1)):
            for text in data[part]:
                yield text, {"cue": Cue("opinion", within={aspect: sign})}
        for part, sign in (("praise", 1), ("blame", -1)):
            for text in data[part]:
                yield text, {"cue": Cue("opinion", float(sign), aspect=aspect)}


def _emotions() -> Iterable[tuple[str, dict[str, Any]]]:
    for name, texts in _file("emotions").items():
        for text in texts:
            yield text, {"emotion": (_checked(name, Emotion),)}


def _intents() -> Iterable[tuple[str, dict[str, Any]]]:
    for name, texts in _file("intents").items():
        for text in texts:
            yield text, {"intents": (_checked(name, Intent),)}


def _spam() -> Iterable[tuple[str, dict[str, Any]]]:
    for name, by_weight in _file("spam").items():
        for weight, texts in by_weight.items():
            for text in texts:
                yield text, {"spam": ((_checked(name, SpamLabel), float(weight)),)}


def _checked(name: str, vocabulary: Any) -> Any:
    if name not in get_args(vocabulary):
        raise ValueError(f"{name} is no {vocabulary}")
    return name


def _bare_entries(entries: Mapping[Words, Node]) -> Iterable[tuple[Words, Node]]:
    """Entries as typed without diacritics. Where two become the same, what modifies wins (`rat` is `rất`
    far more often than `rát`), then what names its aspect."""
    limits = _file("bare")
    out: dict[Words, Node] = {}
    for words, node in sorted(entries.items(), key=lambda item: _rank(item[1])):
        bare = tuple(map(strip_accents, words))
        _fill(out.setdefault(bare, Node()), _limited(bare, node, limits) if len(bare) == 1 else node)
    return out.items()


def _rank(node: Node) -> int:
    if node.cue is None or node.cue.role != "opinion":
        return 0
    return 1 if node.cue.aspect else 2


def _limited(bare: Words, node: Node, limits: Mapping[str, list[str]]) -> Node:
    if bare[0] in limits["never"]:
        return _beside_only(node)
    if bare[0] in limits["aspect_only"]:
        return Node(aspect=node.aspect, weak=node.weak)
    return node


def _beside_only(node: Node) -> Node:
    """An ambiguous word says something only beside an aspect that it is known with (`pin tut`)."""
    return Node(cue=Cue("opinion", within=node.cue.within) if node.cue and node.cue.within else None)


def _fill(node: Node, other: Node) -> None:
    for channel in ("cue", "aspect", "weak", "emotion", "intents", "spam", "asks"):
        if not getattr(node, channel):
            setattr(node, channel, getattr(other, channel))


def _trie(entries: Iterable[tuple[Words, Node]]) -> Node:
    root = Node()
    for words, found in entries:
        if not words:
            continue
        node = root
        for word in words:
            node = node.children.setdefault(word, Node())
        _fill(node, found)
    return root
