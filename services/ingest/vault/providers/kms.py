"""AWS KMS wraps the key-encryption keys. Not run against the real KMS: see the guide.

awscrt, AWS's own library, signs (SigV4) and finds credentials as every AWS tool does: environment, profile, web
identity, container, instance. It is an extra (`chandung[aws]`). Botocore would do more, and wants an older
python-dateutil than the rest of the house.
"""

import asyncio
import io
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from services.ingest.vault.domain import KEY
from services.ingest.vault.providers.asking import Question, ask
from services.ingest.vault.providers.port import ProviderFailed
from services.ingest.vault.providers.transit import key_in, member

SERVICE = "AWS KMS"
CREDENTIALS_S = 10.0
"""How long finding credentials may take."""

_PASSING = (
    b"ThrottlingException",
    b"LimitExceededException",
    b"DependencyTimeoutException",
    b"KMSInternalException",
)


@dataclass(frozen=True, slots=True)
class KmsKeys:
    """Keys that the keyring keeps as ciphertexts of one symmetric KMS key."""

    key: str
    """Its id, ARN or alias (`alias/chandung`)."""
    region: str
    endpoint: str | None = None
    name: str = "kms"

    def first(self) -> int:
        """One."""
        return 1

    async def make(self, version: int) -> bytes:
        """A new key, wrapped; repeated, it is another one, and the keyring keeps the first. Raises ProviderFailed."""
        given = {"Plaintext": b64encode(secrets.token_bytes(KEY)).decode()}
        wrapped = await self._ask("Encrypt", version, given, "CiphertextBlob")
        try:
            return b64decode(wrapped, validate=True)
        except ValueError as error:
            raise ProviderFailed(f"{SERVICE}'s answer cannot be read.") from error

    async def fetch(self, kept: Mapping[int, bytes]) -> dict[int, bytes]:
        """The keys, unwrapped one by one: there are as many as there were rotations. Raises ProviderFailed."""
        return {version: await self._unwrap(version, wrapped) for version, wrapped in kept.items() if wrapped}

    async def forget(self, version: int) -> None:
        """Nothing: KMS keeps no copy."""

    async def _unwrap(self, version: int, wrapped: bytes) -> bytes:
        given = {"CiphertextBlob": b64encode(wrapped).decode()}
        return key_in(SERVICE, await self._ask("Decrypt", version, given, "Plaintext"))

    async def _ask(self, verb: str, version: int, given: Mapping[str, str], wanted: str) -> str:
        """One member of the answer. The version is encryption context: a ciphertext in another's place is refused."""
        body = {**given, "KeyId": self.key, "EncryptionContext": {"chandung:kek": str(version)}}
        content = msgspec.json.encode(body)

        async def signed() -> Question:
            return await asyncio.to_thread(self._signed, verb, content)

        answer = await ask(SERVICE, signed, lambda status, told: status >= 500 or _passes(told))
        return member(SERVICE, answer, wanted)

    def _signed(self, verb: str, content: bytes) -> Question:
        """The request with its signature. Raises ProviderFailed where there are no credentials."""
        from awscrt import auth, http

        base = self.endpoint or f"https://kms.{self.region}.amazonaws.com"
        headers = {
            "Host": urlsplit(base).netloc,
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"TrentService.{verb}",
        }
        request = http.HttpRequest("POST", "/", http.HttpHeaders(list(headers.items())), io.BytesIO(content))
        how = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=auth.AwsCredentialsProvider.new_default_chain(),
            region=self.region,
            service="kms",
        )
        try:
            made: Any = auth.aws_sign_request(request, how).result(CREDENTIALS_S)
        except Exception as error:
            # awscrt raises its own kinds, timeouts and plain RuntimeError alike: all of them mean no credentials
            raise ProviderFailed(
                f"{SERVICE} cannot be asked: no credentials ({type(error).__name__})."
            ) from error
        return Question(f"{base}/", dict(made.headers), content)


def _passes(told: bytes) -> bool:
    return any(kind in told for kind in _PASSING)
