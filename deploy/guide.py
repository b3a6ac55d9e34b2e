"""What a person sees once the platform is up."""

from pathlib import Path

from rich.console import Console


def print_guide(console: Console, address: str, credentials: Path) -> None:
    """What to open and a command to try; no line is broken, however narrow the terminal, so that it can be copied."""
    console.print(_guide(address, credentials), highlight=False, soft_wrap=True)


def _guide(address: str, credentials: Path) -> str:
    shown = f"python3 -c \"import json; print(json.load(open('{credentials}'))['operator']['%s'])\""
    return f"""
[bold]Mở / open[/]    {address}/personas    chân dung khách hàng / the portraits
             {address}/privacy     mỗi người và dữ liệu của mình / people and their own data
             {address}/docs        the API, to read; {address}/docs/try to try
             {address}/asyncapi    what the services tell one another
[bold]Khoá / keys[/]  {credentials}  (first clients; keep it private)

[bold]Thử / try[/]
  TOKEN=$(curl -s {address}/oauth/token -d grant_type=client_credentials \\
    -d client_id=$({shown % "client_id"}) \\
    -d client_secret=$({shown % "client_secret"}) \\
    | python3 -c "import json, sys; print(json.load(sys.stdin)['access_token'])")
  curl -s -H "Authorization: Bearer $TOKEN" {address}/v1/personas

Ctrl-C stops it; what was collected stays."""
