"""HTTP bodies about attributes."""

from pydantic import BaseModel


class AttributeView(BaseModel):
    """What may be asked of people in an audience, and is shown of a persona."""

    key: str
    component: str
    label: str
    label_en: str
    unit: str
    type: str
    sources: list[str]
    feature: bool


class AttributePage(BaseModel):
    """All attributes."""

    items: list[AttributeView]
    next_cursor: str | None = None
