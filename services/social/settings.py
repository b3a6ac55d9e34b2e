"""What social is told from outside, beside what every service is."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from kernel.settings import ServiceSettings


class SocialSettings(ServiceSettings):
    """Settings of social."""

    service: ClassVar[str] = "social"

    social_readers: int = Field(
        1, ge=1, le=16, description="Child processes that read texts; each takes about 60 MB and one core."
    )
    social_chunk: int = Field(
        250, ge=1, le=5_000, description="Mentions analysed and published in one transaction."
    )
    social_model: Path | None = Field(
        None,
        description="A company's own model (`chandung social train`); answers until one is trained here.",
    )
    social_graph_url: str = Field(
        "https://graph.facebook.com/v23.0",
        description="Meta's Graph API, from which posts and comments are read.",
    )
    social_youtube_url: str = Field(
        "https://www.googleapis.com/youtube/v3",
        description="YouTube's Data API, from which comments are read.",
    )
    social_private_sources: bool = Field(
        False,
        description="Let connectors reach this machine itself (loopback): for tests and local feeds only.",
    )
