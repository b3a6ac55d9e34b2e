"""Consent receipts: what a person agreed to, in the shape of ISO/IEC TS 27560, provable offline."""

from typing import Any

from gateway.consent.domain import BASIS, moment_of, text_hash
from kernel.signing import SigningKeys

RECEIPT = "consent-receipt+jwt"
SCHEMA = "ISO/IEC TS 27560:2023"


def receipt_of(
    act: Any, notice: Any, *, receipt_id: str, subject: str, controller: str, url: str
) -> dict[str, Any]:
    """The receipt of one act (a row of the ledger) under its notice; the ids are those that its holder knows.

    `controller` is named where the notice names none; `url` is where the person sees and changes what they agreed to.
    """
    named = (notice.controller if notice else None) or {"name": controller}
    return {
        "schema_version": SCHEMA,
        "receipt_id": receipt_id,
        "pii_controllers": [{"role": "controller", **named}],
        "pii_principal_id": subject,
        "privacy_notice": {
            "key": act.notice,
            "version": act.notice_version,
            "sha256": notice.sha256 if notice else None,
            "languages": ["vi", "en"],
        },
        "pii_processing": [
            {
                "purpose": purpose,
                "lawful_basis": _basis(act.method),
                "consent_type": "explicit",
                "recipients": notice.recipients if notice else None,
                "withdrawal_method": url,
            }
            for purpose in act.purposes.split()
        ],
        "event": {
            "type": act.act,
            "state": {"given": "given", "withdrawn": "withdrawn"}.get(act.act, "expired"),
            "method": act.method,
            "captured_at": moment_of(act.captured_at).isoformat(),
            "recorded_at": moment_of(act.recorded_at).isoformat(),
            "expires_at": moment_of(act.expires_at).isoformat() if act.expires_at else None,
            "entity_type": act.guardian or "pii_principal",
            "evidence_sha256": act.proof,
        },
    }


def _basis(method: str | None) -> str:
    return method.removeprefix(BASIS) if method and method.startswith(BASIS) else "consent"


def check_receipt(jws: str, jwks: dict[str, Any], notice: dict[str, Any] | None = None) -> dict[str, Any]:
    """The receipt in `jws`, checked offline against published keys and, where it is given, the notice as published.

    Raises JoseError or ValueError where the signature does not hold, it is another kind of token, or the notice is
    not the one that the person saw.
    """
    receipt = SigningKeys.published(jwks).verify(RECEIPT, jws.encode())
    if receipt.get("schema_version") != SCHEMA:
        raise ValueError("The token is signed, and is no consent receipt.")
    if notice is not None:
        bound = {name: notice.get(name) for name in ("controller", "recipients", "valid_days")}
        if text_hash(notice["text"], **bound) != receipt["privacy_notice"]["sha256"]:
            raise ValueError("The receipt is for another notice, or another version of it.")
    return receipt
