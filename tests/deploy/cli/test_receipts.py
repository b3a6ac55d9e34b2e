"""A partner checks a receipt with its own key and our public keys, and nothing else."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from deploy.cli.receipts import app
from kernel.signing import SigningKeys
from services.verify.challenges.domain import CodeKeys
from services.verify.evidence.domain import Proof
from services.verify.evidence.receipts import receipt_of

NUMBER = "+84987216540"


def test_a_receipt_is_checked_offline(tmp_path: Path) -> None:
    signing, keys = SigningKeys.open(tmp_path, "receipt"), CodeKeys(otp=b"o" * 32, seal=b"s" * 32)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    digest = keys.receipt_hash("shop", NUMBER)
    receipt = receipt_of(Proof("r1", "v1", "shop", None, None, "sms", "service", digest, at), signing)
    (tmp_path / "jwks.json").write_text(json.dumps(signing.jwks()))
    key = urlsafe_b64encode(keys.receipt_key("shop")).decode().rstrip("=")
    given = ["verify-phone", receipt, "--key", key, "--jwks", str(tmp_path / "jwks.json")]
    good = CliRunner().invoke(app, [*given, "--phone", "098 721 6540"])
    assert good.exit_code == 0
    assert json.loads(good.stdout)["purpose"] == "service"
    assert CliRunner().invoke(app, [*given, "--phone", "0987216541"]).exit_code == 1
