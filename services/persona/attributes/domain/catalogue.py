"""Every attribute by key. Adding one means adding it to its component's file, nothing else."""

from collections.abc import Iterable

from services.persona.attributes.domain import awareness, connections, needs, risk, thinking
from services.persona.attributes.domain.attribute import Attribute
from services.persona.attributes.domain.questions import PREFIX, question_attribute

CATALOGUE: dict[str, Attribute] = {
    each.key: each for part in (awareness, needs, thinking, connections, risk) for each in part.ATTRIBUTES
}

AUDIENCE_TRAITS = ("province", "gender", "age", "channel", "source")
"""Fields of audiences beside the catalogue: they choose whom a study is about, never how people are grouped."""


def attribute(key: str) -> Attribute | None:
    """The attribute `key`: of the catalogue, or a survey question's (`answer:<question>`)."""
    if key.startswith(PREFIX) and len(key) > len(PREFIX):
        return question_attribute(key.removeprefix(PREFIX))
    return CATALOGUE.get(key)


def attributes_with(questions: Iterable[str]) -> list[Attribute]:
    """The catalogue, and an attribute for each of the survey `questions`."""
    return [*CATALOGUE.values(), *(question_attribute(name) for name in questions)]
