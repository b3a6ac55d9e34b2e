"""Consent receipts: the record of an act in the shape of ISO/IEC TS 27560, for the person and for auditors."""

from datetime import UTC
from typing import Any, Final

RECEIPT: Final = "consent-receipt+jwt"
"""The media type of a signed receipt."""

SCHEMA_VERSION: Final = "ISO/IEC TS 27560:2023"


def receipt_of(act: Any, notice: Any, *, receipt_id: str, subject_id: str, controller: str) -> dict[str, Any]:
    """The receipt of an act (a row of the ledger) under its notice (a row, None for a withdrawal).

    Ids are given as the reader may see them.
    """
    captured = act.captured_at.astimezone(UTC).isoformat()
    state = "consent given" if act.act == "given" else "consent withdrawn"
    return {
        "schema_version": SCHEMA_VERSION,
        "receipt_id": receipt_id,
        "pii_principal_id": subject_id,
        "consent_record": {
            "controller": controller,
            "privacy_notice": _notice(notice),
            "language": ["vi", "en"],
            "collection_method": act.method,
            "proof_sha256": act.proof,
            "processing": [
                {"purpose": purpose, "lawful_basis": "consent", "withdrawal": "POST /v1/consents/withdraw"}
                for purpose in act.purposes.split()
            ],
            "events": [
                {
                    "state": state,
                    "event_time": captured,
                    "recorded_time": act.recorded_at.astimezone(UTC).isoformat(),
                    "duration": "until withdrawn",
                }
            ],
        },
    }


def _notice(row: Any) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"key": row.key, "version": row.version, "sha256": row.sha256, "purposes": row.purposes}
