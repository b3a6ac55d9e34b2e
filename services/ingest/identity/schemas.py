"""HTTP bodies of the resolve door."""

from pydantic import BaseModel, Field


class ResolveBody(BaseModel):
    """Identifiers as the public contract writes them."""

    identifiers: dict[str, str | dict[str, str]] = Field(max_length=32)
    create: bool = False


class Resolved(BaseModel):
    """Whom they lead to."""

    subject_id: str | None
    erased: bool
    claimed: bool = Field(
        False,
        description="They proved to hold a phone, and none of the identifiers given is one of those, nor a system's id:"
        " whoever names them may not consent for them.",
    )
    index: str | None = Field(
        None, description="The blind index of the one identifier that was given, as in `records.accepted`."
    )
