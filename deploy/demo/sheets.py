"""The demo's word lists and tables, read once from the TOML files in `data/`."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def sheet(name: str) -> dict[str, Any]:
    """The table of `data/<name>.toml`. Shared between callers: read it, never change it."""
    return tomllib.loads((files("deploy.demo") / "data" / f"{name}.toml").read_text("utf-8"))
