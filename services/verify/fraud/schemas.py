"""Bodies of the guard's doors."""

from datetime import datetime

from pydantic import BaseModel, Field


class AlertView(BaseModel):
    """Doubts of one rule about one prefix or client within ten minutes."""

    rule: str = Field(examples=["sequential-numbers"])
    scope: str = Field(description="A prefix (0912), a client's id, or empty: everything.")
    n: int = Field(description="How many sendings it held for.")
    detail: str
    blocked: bool = Field(description="False: told only, as in shadow mode.")
    first_at: datetime
    last_at: datetime


class Alerts(BaseModel):
    """A page, the newest first."""

    items: list[AlertView]
    next_cursor: str | None


class GuardView(BaseModel):
    """How the guard is set."""

    mode: str
    rules: dict[str, str] = Field(description="Every rule by its code.")
    thresholds: dict[str, float]
    caps: dict[str, int] = Field(description="Codes an hour by cap; `vnd`: VND an hour.")
