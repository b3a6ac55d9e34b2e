"""`chandung receipts`: checking signed receipts offline, as a partner does."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(help="Signed receipts, checked without asking anybody.", no_args_is_help=True)
console = Console()


@app.command("verify-phone")
def verify_phone(
    receipt: Annotated[str, typer.Argument(help="The receipt's `jws`.")],
    phone: Annotated[str, typer.Option(help="The number, in any writing.")],
    key: Annotated[str, typer.Option(help="Your receipt key (`GET /v1/verify/receipt-key`).")],
    jwks: Annotated[Path, typer.Option(help="A file with what `/.well-known/verify-jwks.json` answered.")],
) -> None:
    """Say what a receipt proves of a number. Exits 1 where the signature, the key or the number does not fit."""
    from services.verify.evidence.receipts import check_receipt

    keys = json.loads(jwks.read_text("utf-8"))
    secret = urlsafe_b64decode(key + "=" * (-len(key) % 4))
    claims = check_receipt(receipt, keys, secret, phone)
    console.print_json(json.dumps(claims))


@app.command("verify")
def verify_consent(
    receipt: Annotated[Path, typer.Argument(help="A file with what `/v1/consents/{id}/receipt` answered.")],
    jwks: Annotated[Path, typer.Option(help="A file with what `/.well-known/jwks.json` answered.")],
    notice: Annotated[
        Path | None, typer.Option(help="The notice as published (an item of `GET /v1/notices`).")
    ] = None,
) -> None:
    """Say what a consent receipt proves. Exits 1 where the signature does not hold or the notice is another one."""
    from gateway.consent.receipts import check_receipt
    from kernel.signing import JoseError

    given = json.loads(receipt.read_text("utf-8"))
    shown = json.loads(notice.read_text("utf-8")) if notice else None
    try:
        claims = check_receipt(given["jws"], json.loads(jwks.read_text("utf-8")), shown)
    except (JoseError, KeyError) as error:
        raise ValueError("The receipt does not hold: no key in the file signed it.") from error
    if given.get("receipt", claims) != claims:
        raise ValueError(
            "The receipt does not hold: what is shown beside the signature is not what was signed."
        )
    console.print_json(json.dumps(claims))
