"""`chandung up` without a service: the embedded platform, its demo, and what a person sees of them."""

import asyncio
import os
import sys
import time
from contextlib import suppress

from rich.console import Console

from deploy.demo.memory import is_loaded
from deploy.embedded import create_platform, running
from deploy.guide import print_guide
from deploy.lock import exclusive
from deploy.serve import listening, server_for
from deploy.settings import PlatformSettings

console = Console()


async def run_embedded(settings: PlatformSettings) -> None:
    """Serve until SIGINT or SIGTERM, then stop cleanly. Raises AddressTaken, DataInUse, StartFailed."""
    started = time.perf_counter()
    with exclusive(settings.data_dir), listening(settings.host, settings.port) as door:
        port = int(door.getsockname()[1])
        platform = create_platform(settings.data_dir, settings.key_dir, host=settings.host, port=port)
        async with running(platform):
            server = server_for(platform.gateway, lifespan=False)
            serving = asyncio.create_task(server.serve(sockets=[door]))
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers a flag, no event
                await asyncio.sleep(0.01)
            if server.started:
                address = f"http://{settings.host}:{port}"
                took = time.perf_counter() - started
                console.print(f"Chandung is up at [bold]{address}[/] ({took:.1f} s).", soft_wrap=True)
                await _accompany(settings, port, serving)
            await serving
        console.print("Stopped cleanly.")


async def _accompany(settings: PlatformSettings, port: int, serving: "asyncio.Task[None]") -> None:
    """Load the demo in a process of its own, so that the platform's loop stays quick; say what to open."""
    if settings.demo and not is_loaded(settings.data_dir / "demo.json"):
        loader = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", "demo", env={**os.environ, "PORT": str(port)}
        )
        ended = asyncio.create_task(loader.wait())
        await asyncio.wait({ended, serving}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            with suppress(ProcessLookupError):
                loader.terminate()
            await ended
    if not serving.done():
        print_guide(console, f"http://{settings.host}:{port}", settings.data_dir / "credentials.json")
