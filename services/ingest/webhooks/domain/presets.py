"""The mappings of known providers, kept as data files beside the code."""

from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from services.ingest.webhooks.domain.mapping import Recipe

PRESETS: Final = ("kiotviet", "haravan", "sapo")


@cache
def preset(kind: str) -> Recipe:
    """The mapping of a provider. Raises KeyError for one that has none."""
    if kind not in PRESETS:
        raise KeyError(kind)
    path = files("services.ingest.webhooks") / "presets" / f"{kind}.json"
    return msgspec.json.decode(path.read_bytes(), type=Recipe)
