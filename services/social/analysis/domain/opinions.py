"""Opinions with their strength (negation, degree) and what each is about."""

from typing import NamedTuple, TypeVar

from services.social.analysis.domain.findings import Aspect
from services.social.analysis.domain.lexicon import Cue
from services.social.analysis.domain.reading import AspectAt, Clause, CueAt, Reading, clauses

# How far in front of an opinion its modifiers are looked for, in tokens; how far behind it its object.
REACH, AHEAD = 3, 2
BOOST, DAMP = 1.5, 0.6
NEGATED = -0.8  # `không tệ` is less than `tốt`
ASKED_BLAME = 0.5  # `pin có nóng không?` and `pin tốt hả?` claim nothing; `sao tệ vậy?` does
AFTER_CONTRAST = 1.25

_At = TypeVar("_At", CueAt, AspectAt)


class Opinion(NamedTuple):
    """`value` is signed (0: said to be neutral); the tokens `first` .. `end` are its evidence. `aspect` is None where
    only the mood of the text is touched (an emoji)."""

    aspect: Aspect | None
    value: float
    first: int
    end: int


class Target(NamedTuple):
    """What an opinion is about; `mention` names it in the same clause, where anything does."""

    aspect: Aspect
    mention: AspectAt | None


def opinions(found: Reading, links: frozenset[str]) -> list[Opinion]:
    """Every opinion of the text, in order, tied to the aspect it is about (`general` where none is named)."""
    out: list[Opinion] = []
    carried: AspectAt | None = None
    cue_no = mention_no = 0
    for clause in clauses(found):
        cue_no, cues = _inside(found.cues, cue_no, clause)
        mention_no, mentions = _inside(found.aspects, mention_no, clause)
        if clause.new_sentence:
            carried = None
        out += _Room(found, clause, mentions, carried, links).opinions(cues)
        carried = mentions[-1] if mentions else carried
    return out


def _inside(items: list[_At], start: int, clause: Clause) -> tuple[int, list[_At]]:
    """The items that begin in the clause, looking from `start` on, and where to look for the next clause."""
    out: list[_At] = []
    while start < len(items) and items[start].first < clause.end:
        if items[start].first >= clause.first:
            out.append(items[start])
        start += 1
    return start, out


class _Room:
    """One clause while it is read from left to right."""

    def __init__(
        self,
        found: Reading,
        clause: Clause,
        mentions: list[AspectAt],
        carried: AspectAt | None,
        links: frozenset[str],
    ) -> None:
        self.found, self.clause, self.mentions, self.links = found, clause, mentions, links
        self.carried = None if mentions else carried
        self.next_mention = 0
        self.current: AspectAt | None = None
        self.used = False  # whether the current mention has an opinion already

    def opinions(self, cues: list[CueAt]) -> list[Opinion]:
        out: list[Opinion] = []
        pending: list[CueAt] = []
        for at in cues:
            self._advance(at.end)
            role = at.cue.role
            if role in ("negator", "booster", "damper"):
                if role != "negator" and out and out[-1].end == at.first:
                    out[-1] = _degree(out[-1], at)
                pending.append(at)
            elif role in ("contrast", "idle"):
                pending = []
            elif role == "sign":
                out.append(Opinion(None, at.cue.weight, at.first, at.end))
            else:
                opinion = self._opinion(at, [p for p in pending[-4:] if at.first - p.end <= REACH])
                if opinion:
                    out.append(opinion)
                    pending = []
        return out

    def _advance(self, end: int) -> None:
        """Make the last mention before `end` the current one; a bare `máy` does not push out a part of it that
        still waits for its opinion."""
        while self.next_mention < len(self.mentions) and self.mentions[self.next_mention].first < end:
            mention = self.mentions[self.next_mention]
            self.next_mention += 1
            waiting = self.current and self.current.aspect != "general" and not self.used
            if not (mention.aspect == "general" and waiting):
                self.current, self.used = mention, False

    def _opinion(self, at: CueAt, modifiers: list[CueAt]) -> Opinion | None:
        target = self._target(at)
        value = _value(at.cue, target.aspect)
        if value is None:
            return None
        for modifier in modifiers:
            value *= {"negator": NEGATED, "booster": BOOST, "damper": DAMP}[modifier.cue.role]
        if self.clause.asks != "no":
            value = value * ASKED_BLAME if value < 0 and self.clause.asks == "marked" else 0.0
        if self.clause.after_contrast:
            value *= AFTER_CONTRAST
        if target.mention is not None and target.mention is self.current:
            self.used = True
        mention = target.mention or at
        first = min(at.first, mention.first, *(m.first for m in modifiers))
        return Opinion(target.aspect, value, first, max(at.end, mention.end))

    def _target(self, at: CueAt) -> Target:
        cue, current = at.cue, self.current
        if cue.aspect and cue.aspect != "general":
            if current and (current.aspect in cue.within or current.aspect == cue.aspect):
                return Target(current.aspect, current)
            return Target(cue.aspect, None)
        waiting = current is not None and current.aspect != "general" and not self.used
        if cue.ahead and not waiting:
            following = self._following(at)
            if following:
                return Target(following.aspect, following)
        if current and (waiting or not cue.aspect):
            return Target(current.aspect, current)
        if self.carried and not cue.aspect:
            return Target(self.carried.aspect, None)
        return Target("general", None)

    def _following(self, at: CueAt) -> AspectAt | None:
        """The mention right behind an opinion, at most a few linking words away."""
        if self.next_mention >= len(self.mentions):
            return None
        mention = self.mentions[self.next_mention]
        between = self.found.tokens[at.end : mention.first] if mention.first - at.end <= AHEAD else None
        if between is None or any(token.word not in self.links for token in between):
            return None
        return mention


def _value(cue: Cue, aspect: Aspect) -> float | None:
    """The signed weight beside this aspect; None where the word says nothing about it (`lâu` about a design)."""
    if cue.role == "neutral":
        return 0.0
    sign = cue.within.get(aspect)
    if sign is not None:
        return sign * (abs(cue.weight) or 1.0)
    return cue.weight or None


def _degree(opinion: Opinion, at: CueAt) -> Opinion:
    factor = BOOST if at.cue.role == "booster" else DAMP
    return opinion._replace(value=opinion.value * factor, end=at.end)
