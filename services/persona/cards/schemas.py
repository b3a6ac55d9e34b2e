"""HTTP bodies about personas."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

Estimate = tuple[float, float] | None


class Bilingual(BaseModel):
    """A text in both languages."""

    vi: str
    en: str


class AttributeCard(BaseModel):
    """A number (or category) about a persona with its evidence; below the threshold of small cells nothing is shown."""

    key: str
    label: str
    label_en: str
    unit: str
    value: float | str | None
    n: int | None = Field(description="People it rests on.")
    interval: Estimate = Field(description="95 % interval of the value; of a category, of its share.")
    lift: float | None = Field(description="Ratio to everyone in the study.")
    sources: list[str]
    window: dict[str, str]
    query: str = Field(description="SQL over one person's facts.")
    guidance: Bilingual | None = None
    suppressed: bool | None = None


class PersonaSummary(BaseModel):
    """A persona in a list."""

    id: str
    version: int
    study_id: str
    name: str
    tagline: str
    tagline_en: str
    share: float
    n: int
    stability: float | None
    doubtful: bool


class PersonaPage(BaseModel):
    """A page of personas."""

    items: list[PersonaSummary]
    next_cursor: str | None


class PersonaCard(PersonaSummary):
    """A whole portrait; an invented person, never a real one."""

    retired: bool
    share_interval: Estimate
    components: dict[str, list[AttributeCard]]
    demographics: dict[str, list[dict[str, Any]]]
    quotes: list[dict[str, str]]
    narrative: Bilingual
    evidence: dict[str, Any]
    fairness: dict[str, Any]
    mistakes: dict[str, dict[str, Any]] = Field(
        description="unfair_criteria, too_little_interaction, not_updated, unprofessional_method, no_objective."
    )
    confidence: dict[str, str] = Field(
        description="`level` high, medium or low; `vi` and `en` say it in plain words."
    )
    freshness: dict[str, Any]
    face: str
    rule: dict[str, Any] | None = Field(
        default=None, description="A short rule that tells most of the group, with precision and coverage."
    )
    family: dict[str, Any] | None = Field(
        default=None, description="Of many personas, the main face (`persona_id`) that this one belongs to."
    )


class PersonaVersion(BaseModel):
    """A version of a persona and what changed with it."""

    version: int
    at: datetime
    run_id: str
    n: int
    share: float
    changes: list[dict[str, Any]]


class PersonaHistory(BaseModel):
    """Versions of a persona, newest first."""

    items: list[PersonaVersion]
    next_cursor: str | None = None


class Migration(BaseModel):
    """Who came and went between two versions; `-` stands for people outside the study."""

    from_version: int | None
    to_version: int
    flows: list[dict[str, Any]] = Field(
        description="`from`, `to` (personas) and `n`, null where it is a small cell."
    )
    moved_share: float | None = Field(
        description="Of those in both versions of the study, who changed their persona."
    )
    psi: float | None = Field(
        description="Population stability index of the shares; it hides moves both ways."
    )


class Fairness(BaseModel):
    """Audits of protected traits; blocked personas may be looked at but not used."""

    blocked: bool
    audits: list[dict[str, Any]]
