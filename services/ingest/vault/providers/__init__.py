"""Where key-encryption keys come from: a file, the environment, HashiCorp Vault's transit engine, AWS KMS."""

from services.ingest.vault.providers.open import open_provider
from services.ingest.vault.providers.port import KeyProvider, NoNewKey, ProviderFailed

__all__ = ["KeyProvider", "NoNewKey", "ProviderFailed", "open_provider"]
