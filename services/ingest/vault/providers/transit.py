"""HashiCorp Vault's transit engine wraps the key-encryption keys. Not run against a real Vault: see the guide."""

import asyncio
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.ingest.vault.domain import KEY
from services.ingest.vault.providers.port import ProviderFailed

TIMEOUT_S = 5.0
WAITS_S = (0.2, 1.0)
"""Pauses before the second and the third try."""

_PASSING = frozenset({412, 429, 472, 473, 500, 502, 503, 504})
"""Answers that another try may better: not yet replicated, throttled, standby, sealed or restarting."""


@dataclass(frozen=True, slots=True)
class TransitKeys:
    """Keys that the keyring keeps as ciphertexts (`vault:v1:...`) of the transit key at `base`.

    The transit key must be of an AEAD type (aes256-gcm96, the default): the version is associated data.
    """

    base: str
    """Address up to the mount, without a slash at its end: https://vault:8200/v1/transit."""
    key: str
    token: str
    namespace: str = ""
    name: str = "transit"

    def first(self) -> int:
        """One."""
        return 1

    async def make(self, version: int) -> bytes:
        """A new key, wrapped; repeated, it is another one, and the keyring keeps the first. Raises ProviderFailed."""
        body = {"plaintext": _text(secrets.token_bytes(KEY)), "associated_data": _bound(version)}
        return str(await self._ask("encrypt", body, "ciphertext")).encode()

    async def fetch(self, kept: Mapping[int, bytes]) -> dict[int, bytes]:
        """The keys, unwrapped one by one: there are as many as there were rotations. Raises ProviderFailed."""
        return {version: await self._unwrap(version, wrapped) for version, wrapped in kept.items() if wrapped}

    async def forget(self, version: int) -> None:
        """Nothing: Vault keeps no copy."""

    async def _unwrap(self, version: int, wrapped: bytes) -> bytes:
        body = {"ciphertext": wrapped.decode(), "associated_data": _bound(version)}
        told = await self._ask("decrypt", body, "plaintext")
        try:
            key = b64decode(told, validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY:
            raise ProviderFailed("HashiCorp Vault answered with something that is no key.")
        return key

    async def _ask(self, verb: str, body: Mapping[str, str], wanted: str) -> str:
        """One member of the answer's data. Raises ProviderFailed; its message holds nothing of what was sent."""
        import httpx2

        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true"}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        told = "did not answer"
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, headers=headers) as client:
            for wait in (*WAITS_S, None):
                try:
                    reply = await client.post(f"{self.base}/{verb}/{self.key}", json=body)
                except httpx2.TransportError as error:
                    told = f"did not answer ({type(error).__name__})"
                else:
                    if reply.status_code == 200:
                        return _member(reply, wanted)
                    told = f"answered {reply.status_code}"
                    if reply.status_code not in _PASSING:
                        break
                if wait is not None:
                    await asyncio.sleep(wait)
        raise ProviderFailed(f"HashiCorp Vault {told}.")


def _member(reply: Any, wanted: str) -> str:
    try:
        return str(reply.json()["data"][wanted])
    except (ValueError, KeyError, TypeError) as error:
        raise ProviderFailed("HashiCorp Vault's answer cannot be read.") from error


def _bound(version: int) -> str:
    """The associated data of a version: a ciphertext put in another's place does not open."""
    return _text(f"chandung|kek|{version}".encode())


def _text(data: bytes) -> str:
    return b64encode(data).decode()
