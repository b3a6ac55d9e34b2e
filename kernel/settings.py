"""What every service is told from outside: environment variables first, safe defaults otherwise."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings common to all services. `DATABASE_URL` and `LOG_URL` decide the mode; no code asks which it is."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    service: ClassVar[str] = "service"

    data_dir: Path = Field(Path("var"), description="Folder of everything that may be backed up together.")
    key_dir: Path = Field(
        Path("keys"), description="Folder of keys; never below data_dir, never in its backups."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty: a SQLite file of this service in data_dir."
    )
    log_url: str = Field(
        "", description="sqlite:///path or kafka://host:port; empty: a SQLite file in data_dir."
    )
    internal_key: SecretStr = Field(
        SecretStr(""), description="Shared secret of internal calls; empty: made once in key_dir."
    )
    ingest_url: str = Field("", description="Base URL of ingest, for the parts that ask its internal doors.")
    log_level: str = Field("info", description="debug, info, warning or error.")
    background: bool = Field(
        True,
        description="Whether this process relays, consumes and runs jobs; false: it only answers requests, and more"
        " such processes may share one database with one that does.",
    )
    database_pool: int = Field(
        8, ge=1, description="Connections to a database server; SQLite has one writer."
    )

    def resolved_database_url(self) -> str:
        """The database's URL with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / (self.service + '.db')}"

    def resolved_log_url(self) -> str:
        """The event log's URL with the default filled in."""
        return self.log_url or f"sqlite:///{self.data_dir / 'log.db'}"
