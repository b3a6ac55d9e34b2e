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
