"""Signing keys: Ed25519, kept in `KEY_DIR` (0600), published as a JWKS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry, extract_compact

from kernel.keys import secret_file

ALGORITHM = "EdDSA"


class _Ed25519(JWSAlgModel):
    """Ed25519 under the name that partners' libraries know; RFC 9864's own name for it they do not know yet."""

    name = ALGORITHM
    description = "EdDSA over Ed25519"
    key_type = "OKP"

    def sign(self, msg: bytes, key: OKPKey) -> bytes:
        signature: bytes = key.get_op_key("sign").sign(msg)  # type: ignore[union-attr]  # always Ed25519
        return signature

    def verify(self, msg: bytes, sig: bytes, key: OKPKey) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            key.get_op_key("verify").verify(sig, msg)  # type: ignore[union-attr]  # always Ed25519
        except InvalidSignature:
            return False
        return True


class _Registry(JWSRegistry):
    algorithms = {ALGORITHM: _Ed25519()}


@dataclass(slots=True)
class SigningKeys:
    """Signs with the newest key, checks with all: a key added as `<name>-<n>.key` takes over at the next `reload`."""

    keys: dict[str, OKPKey]
    """By key id, oldest first."""
    folder: Path | None = None
    name: str = "signing"
    _names: tuple[str, ...] = ()

    @classmethod
    def open(cls, folder: Path, name: str = "signing") -> "SigningKeys":
        """The keys in `folder`; the first is made where there is none. Raises OSError where it cannot be."""
        opened = cls({}, folder, name)
        if not opened._files():
            secret_file(folder, f"{name}-1.key")
        opened.reload()
        return opened

    def reload(self) -> bool:
        """Look at the folder again; whether its keys have changed."""
        names = self._files()
        if self.folder is None or names == self._names:
            return False
        loaded = [_load(self.folder, one) for one in names]
        self._names, self.keys = names, {key.thumbprint(): key for key in loaded}
        return True

    def add(self) -> str:
        """Make a new key, which signs from now on; its id. The others go on to check. Raises OSError."""
        secret_file(self._kept(), f"{self.name}-{_number(self._files()[-1]) + 1}.key")
        self.reload()
        return list(self.keys)[-1]

    def withdraw(self, kid: str) -> bool:
        """Trust a key no more: what it signed does not hold any longer. False for an unknown one, and for the newest."""
        named = dict(zip(self.keys, self._names, strict=True))
        if kid not in named or kid == list(self.keys)[-1]:
            return False
        path = self._kept() / named[kid]
        path.rename(path.with_suffix(".withdrawn"))
        return self.reload()

    def _kept(self) -> Path:
        if self.folder is None:
            raise ValueError("published keys are not ours to change")
        return self.folder

    def _files(self) -> tuple[str, ...]:
        if self.folder is None:
            return ()
        return tuple(sorted((path.name for path in self.folder.glob(f"{self.name}-*.key")), key=_number))

    @classmethod
    def published(cls, jwks: dict[str, Any]) -> "SigningKeys":
        """The public keys of a JWK Set, to check with. Raises JoseError or ValueError where it is none."""
        keys = [OKPKey.import_key(one) for one in jwks.get("keys", [])]
        return cls({str(key.get("kid") or key.thumbprint()): key for key in keys})

    def sign(self, kind: str, claims: dict[str, Any]) -> str:
        """A compact JWS over `claims`; `kind` is its `typ`, so that one kind never passes as another."""
        kid, key = list(self.keys.items())[-1]
        header = {"alg": ALGORITHM, "kid": kid, "typ": kind}
        return jwt.encode(header, claims, key, registry=_Registry(algorithms=[ALGORITHM]))

    def verify(self, kind: str, token: bytes) -> dict[str, Any]:
        """The claims of a token of ours of that kind; times are not looked at. Raises JoseError for anything else."""
        header = extract_compact(token, registry=_Registry(algorithms=[ALGORITHM])).headers()
        kid = str(header.get("kid"))
        if kid not in self.keys:
            self.reload()  # another process may have made it a moment ago
        key = self.keys.get(kid)
        if key is None or header.get("typ") != kind:
            raise InvalidKeyIdError("No key of ours signed this kind of token.")
        return dict(jwt.decode(token, key, registry=_Registry(algorithms=[ALGORITHM])).claims)

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK Set (RFC 7517)."""
        public = [key.as_dict(private=False) for key in self.keys.values()]
        shared = {"use": "sig", "alg": ALGORITHM}
        return {"keys": [{**key, **shared, "kid": kid} for key, kid in zip(public, self.keys, strict=True)]}


def _load(folder: Path, name: str) -> OKPKey:
    private = Ed25519PrivateKey.from_private_bytes(secret_file(folder, name))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return OKPKey.import_key(pem)


def _number(name: str) -> int:
    digits = name.removesuffix(".key").rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0


__all__ = ["JoseError", "SigningKeys"]
