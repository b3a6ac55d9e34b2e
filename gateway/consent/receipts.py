"""Consent receipts: what a person agreed to, in the shape of ISO/IEC TS 27560, provable offline."""

from typing import Any

from gateway.consent.domain import BASIS, moment_of

RECEIPT = "consent-receipt+jwt"


def receipt_of(act: Any, notice: Any, *, receipt_id: str, subject: str, controller: str) -> dict[str, Any]:
    """The receipt of one act (a row of the ledger) under its notice; the ids are those that its holder knows."""
    return {
        "schema_version": "ISO/IEC TS 27560:2023",
        "receipt_id": receipt_id,
        "pii_controllers": [{"name": controller}],
        "pii_principal_id": subject,
        "privacy_notice": {
            "key": act.notice,
            "version": act.notice_version,
            "sha256": notice.sha256 if notice else None,
            "languages": ["vi", "en"],
        },
        "pii_processing": [
            {"purpose": purpose, "lawful_basis": _basis(act.method), "consent_type": "explicit"}
            for purpose in act.purposes.split()
        ],
        "event": {
            "type": act.act,
            "method": act.method,
            "captured_at": moment_of(act.captured_at).isoformat(),
            "recorded_at": moment_of(act.recorded_at).isoformat(),
            "evidence_sha256": act.proof,
        },
    }


def _basis(method: str | None) -> str:
    return method.removeprefix(BASIS) if method and method.startswith(BASIS) else "consent"
