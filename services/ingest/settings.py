"""What ingest is told from outside."""

from typing import ClassVar

from pydantic import Field, SecretStr

from kernel.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """Settings of ingest; those that all services share are in `ServiceSettings`."""

    service: ClassVar[str] = "ingest"

    keyring_url: str = Field(
        "",
        description="SQLAlchemy URL of the keyring; empty: keyring.db in key_dir. Never the data's database.",
    )
    kek: SecretStr = Field(
        SecretStr(""),
        description='Key-encryption keys, {"current": 1, "keys": {"1": hex}}; empty: key_dir/kek.json, made once.'
        " `current` is the one that a new keyring begins with; later `chandung keys rotate` turns to the next.",
    )
    kek_url: str = Field(
        "",
        description="A key service that wraps the key-encryption keys: transit+https://host:8200/<mount>/<key>"
        " (HashiCorp Vault) or kms://<key>?region=<region> (AWS); empty: KEK, else the file.",
    )
    vault_token: SecretStr = Field(SecretStr(""), description="Token for HashiCorp Vault.")
    vault_namespace: str = Field("", description="Namespace in HashiCorp Vault, where it has any.")
    kek_keep_days: float = Field(
        20.0,
        ge=0,
        description="Days that a retired key-encryption key is kept, for keyring backups made before: no longer than"
        " the erasure clock.",
    )
    orphan_grace_h: float = Field(
        24.0, gt=0, description="Hours that a data key may lie without data before it is swept."
    )
    key_cache: int = Field(
        200_000, ge=1_000, description="Data keys held in memory, at most (about 250 bytes each)."
    )
    subject_cache: int = Field(
        50_000, ge=1, description="Subject blocks whose hashes and traits are remembered (about 1 KB each)."
    )
    phone_sharing_limit: int = Field(
        5, ge=1, description="A phone seen with more people than this no longer joins records to a person."
    )
    view_max_age_s: float = Field(
        5.0, gt=0, description="Older than this, the local view of consents is a failed answer."
    )
    clock_skew_s: float = Field(300.0, ge=0, description="How far in the future a time may lie.")
    group_size: int = Field(500, ge=1, description="Records of concurrent requests that share a transaction.")

    quarantine_days: float = Field(
        30.0,
        gt=0,
        description="Records that nobody could store or correct are dropped after so many days, their keys destroyed.",
    )
    graph_url: str = Field(
        "https://graph.facebook.com/v23.0",
        description="Meta's Graph API, from which announced leads are fetched; nothing else is asked there.",
    )
    graph_token: SecretStr = Field(
        SecretStr(""),
        description="Access token of the page or system user that may read its leads; empty: leads wait.",
    )
    import_max_bytes: int = Field(
        1 << 30,
        ge=1,
        description="Bytes of an uploaded file, at most; it rests on disk, sealed, until it is read.",
    )
    import_memory: int = Field(
        1 << 30, ge=1 << 28, description="Bytes of memory that reading a file may take, in its own process."
    )

    matching_memory: int = Field(
        2 << 30,
        ge=1 << 28,
        description="Bytes that the tables of a job that looks for people who may be one may take, in its own process.",
    )

    def resolved_keyring_url(self) -> str:
        """The keyring's URL with the default filled in."""
        return self.keyring_url or f"sqlite:///{self.key_dir / 'keyring.db'}"
