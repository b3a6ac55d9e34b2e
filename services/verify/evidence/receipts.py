"""Signed receipts of verified numbers: checkable offline with our public keys and the partner's own key.

A receipt names its number by HMAC-SHA-256 under a key that only its partner holds: that partner recognises its
customer, another partner sees noise, and nobody can try all numbers without the key.
"""

import hmac
from typing import Any, Final

from kernel.phone import normalise
from kernel.signing import JoseError, SigningKeys
from services.verify.evidence.domain import Proof, text_of

KIND: Final = "phone-receipt+jwt"


class ReceiptInvalid(ValueError):
    """The receipt is not ours, was changed, or is about another number."""


def receipt_of(proof: Proof, keys: SigningKeys) -> str:
    """A compact JWS (EdDSA)."""
    claims = {
        "iss": "chandung",
        "aud": proof.client_id,
        "jti": proof.id,
        "iat": int(proof.verified_at.timestamp()),
        "verification_id": proof.verification_id,
        "number": proof.number,
        "purpose": proof.purpose,
        "method": proof.method,
    }
    return keys.sign(KIND, claims)


def check_receipt(receipt: str, jwks: dict[str, Any], key: bytes, phone: str) -> dict[str, Any]:
    """The claims of a receipt about `phone` (in any writing), checked without asking anybody.

    `jwks` is what `GET /.well-known/verify-jwks.json` answered, `key` the partner's own. Raises ReceiptInvalid.
    """
    number = normalise(phone)
    try:
        claims = SigningKeys.published(jwks).verify(KIND, receipt.encode())
    except (JoseError, ValueError) as error:
        raise ReceiptInvalid("The signature does not hold.") from error
    expected = text_of(hmac.digest(key, (number or "").encode(), "sha256"))
    if number is None or not hmac.compare_digest(expected, str(claims.get("number"))):
        raise ReceiptInvalid("The receipt is about another number, or of another partner.")
    return claims
