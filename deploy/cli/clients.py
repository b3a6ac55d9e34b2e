"""`chandung clients`: who may use the API."""

import asyncio
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.cli.session import platform_client
from deploy.demo.connect import GatewayRefused

app = typer.Typer(help="Who may use the API.", no_args_is_help=True)
console = Console()


@app.command("list")
def list_clients() -> None:
    """Show every client with its scopes and purposes."""
    table = Table("Client", "Name", "Type", "Scopes", "Purposes")
    for client in asyncio.run(_ask("GET", "/v1/clients"))["items"]:
        table.add_row(
            client["client_id"],
            client["name"],
            client["type"],
            " ".join(client["scopes"]),
            " ".join(client["purposes"]),
        )
    console.print(table)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    kind: Annotated[str, typer.Option("--type", help="collector, partner, internal or operator.")],
    scope: Annotated[list[str], typer.Option(help="A scope it gets; repeatable.")],
    purpose: Annotated[list[str] | None, typer.Option(help="A purpose it may declare; repeatable.")] = None,
) -> None:
    """Create a client; its secret is shown once and kept nowhere."""
    body = {"name": name, "type": kind, "scopes": scope, "purposes": purpose or []}
    made = asyncio.run(_ask("POST", "/v1/clients", body))
    console.print_json(data=made)


async def _ask(method: str, path: str, body: Any = None) -> Any:
    async with platform_client() as client:
        reply = await client.request(method, path, json=body)
    if reply.status_code >= 400:
        raise GatewayRefused(reply)
    return reply.json()
