"""HTTP bodies of asking."""

from pydantic import BaseModel, ConfigDict, Field


class AskBody(BaseModel):
    """What people are asked for."""

    model_config = ConfigDict(extra="forbid")

    notice: str = Field("core", max_length=64, description="The notice that they will read.")
    version: int | None = Field(None, ge=1, description="The newest one when absent.")
    purposes: list[str] | None = Field(
        None, min_length=1, max_length=8, description="All of the notice but service and legal when absent."
    )
    days: int = Field(30, ge=1, le=90, description="How long the links are good.")
