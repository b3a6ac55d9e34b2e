"""Finds the record's own values, such as the name of the person who wrote the text."""

from collections.abc import Iterable, Iterator

from kernel.privacy.redaction.views import Span, Views


def find_known(views: Views, known: Iterable[str]) -> Iterator[Span]:
    """Every occurrence of the known values as whole words, in any case, with or without accents.

    Of a name of several words the given name alone, and the Western order, are found where capitalised.
    """
    for value in known:
        words = Views(value).lowered.split()
        if not words or len("".join(words)) < 2:
            continue
        kind = _kind(value)
        yield from _occurrences(views, words, kind)
        if kind == "name" and len(words) > 1:
            for variant in (words[-2:], [words[-1]], [words[-1], words[0]]):
                yield from _capitalised(views, variant)


def _kind(value: str) -> str:
    if "@" in value:
        return "email"
    return "id" if any(character.isdigit() for character in value) else "name"


def _capitalised(views: Views, words: list[str]) -> Iterator[Span]:
    if len("".join(words)) < 2:
        return
    for span in _occurrences(views, words, "name"):
        if views.folded[span.start].isupper():
            yield span


def _occurrences(views: Views, words: list[str], kind: str) -> Iterator[Span]:
    lowered = views.lowered
    start = lowered.find(words[0])
    while start >= 0:
        end = _end_of(lowered, start, words)
        if end and not (start and lowered[start - 1].isalnum()) and not lowered[end : end + 1].isalnum():
            yield Span(start, end, kind)
        start = lowered.find(words[0], start + 1)


def _end_of(lowered: str, start: int, words: list[str]) -> int:
    """The end of `words` from `start` on, at most four white spaces between two of them; 0 if they differ."""
    position = start
    for index, word in enumerate(words):
        if index:
            gap = lowered[position : position + 4]
            position += len(gap) - len(gap.lstrip())
            if position == start or not lowered[position - 1].isspace():
                return 0
        if not lowered.startswith(word, position):
            return 0
        position += len(word)
    return position
