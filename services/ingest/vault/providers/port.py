"""The one port that every provider of key-encryption keys is behind.

A key service is asked when a process starts and when a version is made, never for a record: it wraps the
key-encryption key, which wraps the data keys in this process. So its latency, price and quota do not depend on how
many people there are, and its outage stops starts and rotations only.
"""

from collections.abc import Mapping
from typing import Protocol

from kernel.errors import Conflict, Unavailable


class ProviderFailed(Unavailable):
    """The provider of key-encryption keys did not answer, or refused; nothing was changed."""

    code, title = "keys-unavailable", "The key-encryption keys cannot be had now"


class NoNewKey(Conflict):
    """The provider cannot make a key by itself: a person must put one there first."""

    code, title = "key-missing", "There is no new key-encryption key to turn to"


class KeyProvider(Protocol):
    """Makes, keeps and gives key-encryption keys (32 bytes) by version."""

    @property
    def name(self) -> str:
        """As operators know it: file, environment, transit or kms."""

    def first(self) -> int:
        """The version to begin a new keyring with."""

    async def make(self, version: int) -> bytes:
        """Make the key of `version`, unless it has one; what the keyring is to keep of it, empty for nothing.

        Safe to repeat: a caller that died before it kept the answer asks again. Raises NoNewKey, ProviderFailed.
        """

    async def fetch(self, kept: Mapping[int, bytes]) -> dict[int, bytes]:
        """The keys of the versions in `kept`, which holds what `make` gave; those it has no key of are left out.

        Raises ProviderFailed.
        """

    async def forget(self, version: int) -> None:
        """Destroy what the provider itself keeps of a version. Raises ProviderFailed."""
