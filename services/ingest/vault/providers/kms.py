"""AWS KMS wraps the key-encryption keys. Not run against the real KMS: see the guide.

botocore signs (SigV4), finds credentials as every AWS tool does, and retries what is throttled or times out. It is an
extra (`chandung[aws]`) because it weighs 30 MB.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.ingest.vault.domain import KEY
from services.ingest.vault.providers.port import ProviderFailed

CONNECT_S, READ_S, TRIES = 2.0, 5.0, 4


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
        return await self._ask(
            "encrypt", version, "CiphertextBlob", KeyId=self.key, Plaintext=secrets.token_bytes(KEY)
        )

    async def fetch(self, kept: Mapping[int, bytes]) -> dict[int, bytes]:
        """The keys, unwrapped one by one: there are as many as there were rotations. Raises ProviderFailed."""
        return {version: await self._unwrap(version, wrapped) for version, wrapped in kept.items() if wrapped}

    async def forget(self, version: int) -> None:
        """Nothing: KMS keeps no copy."""

    async def _unwrap(self, version: int, wrapped: bytes) -> bytes:
        key = await self._ask("decrypt", version, "Plaintext", KeyId=self.key, CiphertextBlob=wrapped)
        if len(key) != KEY:
            raise ProviderFailed("AWS KMS answered with something that is no key.")
        return key

    async def _ask(self, verb: str, version: int, wanted: str, **given: Any) -> bytes:
        """One member of the answer. The version is encryption context: a ciphertext in another's place is refused."""
        return await asyncio.to_thread(
            self._call, verb, wanted, {**given, "EncryptionContext": _bound(version)}
        )

    def _call(self, verb: str, wanted: str, given: Mapping[str, Any]) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            return bytes(getattr(self._client(), verb)(**given)[wanted])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "an error")
            raise ProviderFailed(f"AWS KMS answered {code}.") from error
        except BotoCoreError as error:
            raise ProviderFailed(f"AWS KMS did not answer ({type(error).__name__}).") from error
        except (ResponseParserError, KeyError) as error:
            raise ProviderFailed("AWS KMS's answer cannot be read.") from error

    def _client(self) -> Any:
        from botocore.config import Config
        from botocore.session import get_session

        patience = Config(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"mode": "standard", "total_max_attempts": TRIES},
        )
        return get_session().create_client(
            "kms", region_name=self.region, endpoint_url=self.endpoint, config=patience
        )


def _bound(version: int) -> dict[str, str]:
    return {"chandung:kek": str(version)}
