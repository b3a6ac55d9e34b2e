"""One pass over the tokens of a text: every lexicon entry that occurs, the longest match first in each channel."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from services.social.analysis.domain.findings import Aspect, Emotion, Intent, SpamLabel
from services.social.analysis.domain.lexicon import Cue, Lexicon, Node
from services.social.analysis.domain.tokens import Token, is_bare, strip_accents, tokenise

Asks = Literal["no", "marked", "whether"]


class CueAt(NamedTuple):
    """A cue over the tokens `first` .. `end` (exclusive)."""

    first: int
    end: int
    cue: Cue


class AspectAt(NamedTuple):
    """A mention of an aspect over the tokens `first` .. `end` (exclusive); a `weak` one is worth nothing alone."""

    first: int
    end: int
    aspect: Aspect
    weak: bool


class Clause(NamedTuple):
    """Tokens `first` .. `end` that are read together. `after_contrast`: it follows a word like `nhưng`;
    `new_sentence`: nothing before it is carried over; `asks`: it is a question
    (`whether`: by its ending, like `không`; `marked`: by its question mark alone, which may be rhetorical)."""

    first: int
    end: int
    after_contrast: bool
    new_sentence: bool
    asks: Asks


@dataclass(slots=True)
class Reading:
    """What occurs in a text, in its order."""

    tokens: list[Token]
    cues: list[CueAt] = field(default_factory=list)
    aspects: list[AspectAt] = field(default_factory=list)
    emotions: list[Emotion] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    spam: list[tuple[SpamLabel, float]] = field(default_factory=list)
    question_ends: set[int] = field(default_factory=set)


def read(text: str, words: Lexicon) -> Reading:
    """Find the entries of the lexicon in a text, without diacritics where the text has none."""
    if is_bare(text):
        tokens = tokenise(text, words.bare_known, words.bare_shorthand)
        tokens = [Token(strip_accents(t.word), t.start, t.end) for t in tokens]
        return _scan(tokens, words.bare)
    return _scan(tokenise(text, words.known, words.shorthand), words.accented)


def _scan(tokens: list[Token], root: Node) -> Reading:
    found = Reading(tokens)
    free = [0, 0, 0, 0, 0]  # per channel, the first token that no match has taken yet
    roots, last = root.children, len(tokens)
    for i, token in enumerate(tokens):
        node = roots.get(token.word)
        hits: list[tuple[int, Node]] = []
        j = i
        while node is not None:
            j += 1
            hits.append((j, node))
            node = node.children.get(tokens[j].word) if j < last else None
        if hits:
            _take(found, i, hits, free)
    return found


def _take(found: Reading, i: int, hits: list[tuple[int, Node]], free: list[int]) -> None:
    open_ = [i >= f for f in free]
    for j, node in reversed(hits):
        if node.asks:
            found.question_ends.add(j)
        if node.cue and open_[0]:
            found.cues.append(CueAt(i, j, node.cue))
            open_[0], free[0] = False, j
        if node.aspect and open_[1]:
            found.aspects.append(AspectAt(i, j, node.aspect, node.weak))
            open_[1], free[1] = False, j
        if node.emotion and open_[2]:
            found.emotions += node.emotion
            open_[2], free[2] = False, j
        if node.intents and open_[3]:
            found.intents += node.intents
            open_[3], free[3] = False, j
        if node.spam and open_[4]:
            found.spam += node.spam
            open_[4], free[4] = False, j


def clauses(found: Reading) -> list[Clause]:
    """Split at punctuation and behind contrast words."""
    out: list[Clause] = []
    contrasts = {c.first: c.end for c in found.cues if c.cue.role == "contrast"}
    first, contrast, fresh = 0, False, True
    for i, token in enumerate(found.tokens):
        if token.word in (",", ".", "?"):
            if i > first:
                out.append(Clause(first, i, contrast, fresh, _asks(found, i)))
                contrast, fresh = False, False
            first = i + 1
            if token.word != ",":
                contrast, fresh = False, True
        elif i in contrasts:
            if i > first:
                out.append(Clause(first, i, contrast, fresh, "no"))
            first, contrast, fresh = contrasts[i], True, False
    last = len(found.tokens)
    if last > first:
        out.append(Clause(first, last, contrast, fresh, _asks(found, last)))
    return out


def _asks(found: Reading, end: int) -> Asks:
    """How the clause that ends before token `end` asks. A comma behind `không` proves nothing."""
    stop = found.tokens[end].word if end < len(found.tokens) else "."
    if end in found.question_ends and stop != ",":
        return "whether"
    return "marked" if stop == "?" else "no"
