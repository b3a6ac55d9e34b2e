"""HTTP bodies of erasures."""

from datetime import datetime

from pydantic import BaseModel


class ErasedView(BaseModel):
    """Somebody who was erased: an id and a moment is all that is left."""

    subject_id: str
    erased_at: datetime


class ErasedPage(BaseModel):
    """A page, in the order of ids."""

    items: list[ErasedView]
    next_cursor: str | None
