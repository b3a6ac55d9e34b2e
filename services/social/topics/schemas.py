"""Bodies of the topic routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from services.social.topics.domain import Kind, words_of

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Phrases = Annotated[list[Phrase], Field(max_length=200)]


class NewTopic(BaseModel):
    """A topic: a text has it with one phrase of `any`, every one of `all` and none of `none`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Mây Hiên", "kind": "brand", "any": ["mây hiên"], "none": ["mây hiên ngang"]}
            ]
        }
    )

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    kind: Kind
    any: Annotated[Phrases, Field(min_length=1)]
    all: Phrases = []
    none: Phrases = []

    @field_validator("any", "all", "none")
    @classmethod
    def _has_words(cls, phrases: list[str]) -> list[str]:
        if not all(words_of(phrase) for phrase in phrases):
            raise ValueError("each phrase needs a letter or digit")
        return phrases

    @field_validator("name")
    @classmethod
    def _is_printable(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("control characters are not allowed")
        return name


class TopicCreated(BaseModel):
    """The id of a new topic."""

    id: str


class TopicView(NewTopic):
    """A topic as listed; `labelled` once mentions older than it carry it too."""

    id: str
    created_at: datetime
    labelled: bool


class TopicPage(BaseModel):
    """Topics, oldest first."""

    items: list[TopicView]
    next_cursor: str | None
