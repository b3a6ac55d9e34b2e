"""Bodies of the door of those who want no contact."""

from typing import Annotated

from pydantic import BaseModel, Field

MOST: int = 10_000


class ContactsToKeep(BaseModel):
    """Numbers and addresses of people who want to hear nothing unasked; kept as keyed hashes only."""

    phones: list[Annotated[str, Field(max_length=64)]] = Field([], max_length=MOST)
    emails: list[Annotated[str, Field(max_length=254)]] = Field([], max_length=MOST)
    stopped: bool = Field(True, description="false: they asked to be contacted again.")


class ContactsKept(BaseModel):
    """What was done."""

    kept: int = Field(description="How many numbers and addresses could be read.")
    unread: list[str] = Field(description="Pointers to what is no Vietnamese mobile or no address.")
