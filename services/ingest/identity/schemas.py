"""HTTP bodies of the resolve door."""

from pydantic import BaseModel, Field


class ResolveBody(BaseModel):
    """Identifiers as the public contract writes them."""

    identifiers: dict[str, str | dict[str, str]] = Field(max_length=32)
    create: bool = False
    count: bool = Field(False, description="Tell how many different people the phone was seen with.")


class Resolved(BaseModel):
    """Whom they lead to."""

    subject_id: str | None
    erased: bool
    people: int = Field(0, description="How many people the phone was seen with, where that was asked for.")
    index: str | None = Field(
        None, description="The blind index of the one identifier that was given, as in `records.accepted`."
    )
