"""Consent receipts: what a person agreed to, in the shape of ISO/IEC TS 27560, provable offline."""

from typing import Any

RECEIPT = "consent-receipt+jwt"


def receipt_of(act: Any, notice: Any, *, subject: str, controller: str) -> dict[str, Any]:
    """The receipt of one act. `subject` is the id that the receipt's holder knows the person by."""
    return {
        "schema_version": "ISO/IEC TS 27560:2023",
        "receipt_id": act.id,
        "pii_controllers": [{"name": controller}],
        "pii_principal_id": subject,
        "privacy_notice": {
            "key": act.notice,
            "version": act.notice_version,
            "sha256": notice.sha256 if notice else None,
            "languages": ["vi", "en"],
        },
        "pii_processing": [
            {"purpose": purpose, "lawful_basis": "consent", "consent_type": "explicit"}
            for purpose in act.purposes.split()
        ],
        "event": {
            "type": act.act,
            "method": act.method,
            "captured_at": act.captured_at.isoformat(),
            "recorded_at": act.recorded_at.isoformat(),
            "evidence_sha256": act.proof,
        },
    }
