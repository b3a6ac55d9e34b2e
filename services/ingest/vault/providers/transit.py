"""HashiCorp Vault's transit engine wraps the key-encryption keys. Not run against a real Vault: see the guide."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from services.ingest.vault.domain import KEY
from services.ingest.vault.providers.asking import Question, ask
from services.ingest.vault.providers.port import ProviderFailed

SERVICE = "HashiCorp Vault"

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
    token: str = field(repr=False)
    namespace: str = ""
    name: str = "transit"

    def first(self) -> int:
        """One."""
        return 1

    async def make(self, version: int) -> bytes:
        """A new key, wrapped; repeated, it is another one, and the keyring keeps the first. Raises ProviderFailed."""
        body = {"plaintext": _text(secrets.token_bytes(KEY)), "associated_data": _bound(version)}
        return (await self._ask("encrypt", body, "ciphertext")).encode()

    async def fetch(self, kept: Mapping[int, bytes]) -> dict[int, bytes]:
        """The keys, unwrapped one by one: there are as many as there were rotations. Raises ProviderFailed."""
        return {version: await self._unwrap(version, wrapped) for version, wrapped in kept.items() if wrapped}

    async def forget(self, version: int) -> None:
        """Nothing: Vault keeps no copy."""

    async def _unwrap(self, version: int, wrapped: bytes) -> bytes:
        body = {"ciphertext": wrapped.decode(), "associated_data": _bound(version)}
        return key_in(SERVICE, await self._ask("decrypt", body, "plaintext"))

    async def _ask(self, verb: str, body: Mapping[str, str], wanted: str) -> str:
        """One member of the answer's data. Raises ProviderFailed."""
        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true", "Content-Type": "application/json"}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        question = Question(f"{self.base}/{verb}/{self.key}", headers, msgspec.json.encode(body))

        async def asked() -> Question:
            return question

        answer = await ask(SERVICE, asked, lambda status, _: status in _PASSING)
        return member(SERVICE, answer.get("data"), wanted)


def member(service: str, answer: object, name: str) -> str:
    """A text in an answer. Raises ProviderFailed where it is not there."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise ProviderFailed(f"{service}'s answer cannot be read.")
    return found


def key_in(service: str, told: str) -> bytes:
    """The key in base64. Raises ProviderFailed where it is none."""
    try:
        key = b64decode(told, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY:
        raise ProviderFailed(f"{service} answered with something that is no key.")
    return key


def _bound(version: int) -> str:
    """The associated data of a version: a ciphertext put in another's place does not open."""
    return _text(f"chandung|kek|{version}".encode())


def _text(data: bytes) -> str:
    return b64encode(data).decode()
