"""What the commands that start the platform are told from outside."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PlatformSettings(BaseSettings):
    """Where the platform listens and where its data and keys are (public contract: First start)."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    data_dir: Path = Field(Path("var"), description="Folder of the data.")
    key_dir: Path = Field(Path("keys"), description="Folder of the keys, apart from the data.")
    demo: bool = Field(False, description="Load the demo company after the start.")
    log_level: str = Field("info", description="debug, info, warning or error.")
