"""The public documents as the code makes them, to be frozen under `docs/specs/` and compared in `make check`."""

import json
import tempfile
from pathlib import Path
from typing import Any

from deploy.embedded import create_platform, running
from kernel.web.upstream import call

SPECS = Path(__file__).parents[1] / "docs" / "specs"


async def documents() -> dict[str, str]:
    """File name to text: OpenAPI of each service and the merged one, and AsyncAPI."""
    with tempfile.TemporaryDirectory() as folder:
        platform = create_platform(Path(folder) / "data", Path(folder) / "keys")
        async with running(platform):
            made = {
                f"{name}.openapi.json": (await call(app, "GET", "/openapi.json")).body
                for name, app in platform.services.items()
            }
            made["openapi.json"] = (await call(platform.gateway, "GET", "/openapi.json")).body
            made["asyncapi.json"] = (await call(platform.gateway, "GET", "/asyncapi.json")).body
    return {name: _pretty(json.loads(body)) for name, body in made.items()}


def stale(made: dict[str, str]) -> list[str]:
    """The names whose frozen text is missing or other."""
    SPECS.mkdir(parents=True, exist_ok=True)
    return [
        name
        for name, text in made.items()
        if not (SPECS / name).exists() or (SPECS / name).read_text("utf-8") != text
    ]


def _pretty(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
