"""Which texts of a record are free text: pure rules."""

from collections.abc import Iterator, Mapping
from typing import Any

KINDS = frozenset({"survey", "interview", "feedback"})
"""Record kinds that hold what a person said in their own words."""

MIN_WORDS = 3
"""Fewer words in an answer are a choice or a name of something, not an opinion in own words."""


def free_texts(kind: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(JSON pointer into the payload, text) of each free text; nothing for other kinds, at the cost of a look-up."""
    if kind not in KINDS:
        return
    text = payload.get("text")
    if isinstance(text, str) and text.strip():
        yield "/text", text
    answers = payload.get("answers")
    if isinstance(answers, Mapping):
        for question, answer in answers.items():
            if isinstance(answer, str) and len(answer.split(maxsplit=MIN_WORDS)) >= MIN_WORDS:
                yield f"/answers/{question}", answer
