"""Real words of consenting people, redacted; a few a persona, one a person."""

from collections.abc import Iterable
from typing import NamedTuple

from services.persona.cards.domain.words import seed_of

LENGTHS = (20, 220)
"""Letters: shorter says nothing, longer says too much about one person."""
QUOTES = 3


class Quote(NamedTuple):
    """What somebody of the group said. `person` is kept to erase it with them and never shown."""

    person: str
    text: str
    source: str


def pick_quotes(offered: Iterable[Quote], persona_id: str) -> list[Quote]:
    """Up to QUOTES quotes of fitting length, no text twice, chosen by the persona's seed."""
    fitting = {
        " ".join(q.text.split()).casefold(): q
        for q in offered
        if LENGTHS[0] <= len(q.text.strip()) <= LENGTHS[1]
    }
    return sorted(fitting.values(), key=lambda quote: seed_of(persona_id + quote.text))[:QUOTES]
