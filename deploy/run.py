"""`chandung up` without a service: the embedded platform, its demo, and what a person sees of them."""

import asyncio
import os
import sys
import time
from contextlib import suppress

from rich.console import Console

from deploy.embedded import create_platform, running
from deploy.lock import exclusive
from deploy.serve import server_for
from deploy.settings import PlatformSettings

console = Console()


async def run_embedded(settings: PlatformSettings) -> None:
    """Serve until SIGINT or SIGTERM, then stop cleanly. Raises DataInUse, StartFailed."""
    started = time.perf_counter()
    with exclusive(settings.data_dir):
        platform = create_platform(
            settings.data_dir, settings.key_dir, host=settings.host, port=settings.port
        )
        async with running(platform):
            server = server_for(platform.gateway, settings.host, settings.port, lifespan=False)
            serving = asyncio.create_task(server.serve())
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers a flag, no event
                await asyncio.sleep(0.01)
            if server.started:
                address = f"http://{settings.host}:{settings.port}"
                console.print(
                    f"Chandung is up at [bold]{address}[/] ({time.perf_counter() - started:.1f} s)."
                )
                await _accompany(settings, address, serving)
            await serving
        console.print("Stopped cleanly.")


async def _accompany(settings: PlatformSettings, address: str, serving: "asyncio.Task[None]") -> None:
    """Load the demo in a process of its own, so that the platform's loop stays quick; say what to open."""
    if settings.demo:
        loader = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", "demo", env={**os.environ, "PORT": str(settings.port)}
        )
        ended = asyncio.create_task(loader.wait())
        await asyncio.wait({ended, serving}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            with suppress(ProcessLookupError):
                loader.terminate()
            await ended
    if not serving.done():
        console.print(_guide(settings, address), highlight=False)


def _guide(settings: PlatformSettings, address: str) -> str:
    credentials = settings.data_dir / "credentials.json"
    return f"""
[bold]Mở / open[/]    {address}/docs        the API, to read and to try
             {address}/asyncapi    what the services tell one another
[bold]Khoá / keys[/]  {credentials}  (first clients; keep it private)

[bold]Thử / try[/]
  TOKEN=$(curl -s {address}/oauth/token -d grant_type=client_credentials \\
    -d client_id=$(python3 -c "import json;print(json.load(open('{credentials}'))['operator']['client_id'])") \\
    -d client_secret=$(python3 -c "import json;print(json.load(open('{credentials}'))['operator']['client_secret'])") \\
    | python3 -c "import json,sys;print(json.load(sys.stdin)['access_token'])")
  curl -s -H "Authorization: Bearer $TOKEN" {address}/v1/personas

Ctrl-C stops it; what was collected stays."""
