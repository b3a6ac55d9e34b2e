"""The documents of a site, without I/O."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

OFFERED: Final = ("service", "analytics", "profiling", "marketing")
"""Purposes that a banner asks for, as far as its notice names them; each by itself, none ticked before."""

PLACE: Final = "__CHANDUNG_CONFIG__"
"""Where a banner's script has its configuration."""

_ANY_EVENT: Final = {"__default": {"enabled": True, "integrations": {}}}


def settings_document(write_key: str, base_url: str) -> dict[str, Any]:
    """What `@segment/analytics-next` loads before it sends: one destination, us, and no metrics of its own.

    Its default host for anything left out is Segment's, so everything is said.
    """
    protocol, _, host = base_url.partition("://")
    ours = {
        "apiKey": write_key,
        "apiHost": f"{host}/v1",
        "protocol": protocol,
        "addBundledMetadata": False,
        "unbundledIntegrations": [],
        "retryQueue": True,
    }
    return {
        "integrations": {"Segment.io": ours},
        "plan": {"track": _ANY_EVENT, "identify": _ANY_EVENT, "group": _ANY_EVENT},
        "analyticsNextEnabled": True,
        "legacyVideoPluginsEnabled": False,
        "metrics": {"sampleRate": 0, "host": f"{host}/v1"},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "remotePlugins": [],
    }


def banner_script(
    script: str,
    *,
    write_key: str,
    base_url: str,
    notice: str,
    version: int,
    purposes: Sequence[str],
    text: Mapping[str, str],
) -> str:
    """The banner's script for one write key and one version of a notice."""
    offered = [purpose for purpose in OFFERED if purpose in purposes]
    config = {
        "writeKey": write_key,
        "url": base_url,
        "notice": notice,
        "version": version,
        "purposes": offered,
        "text": dict(text),
    }
    return script.replace(PLACE, msgspec.json.encode(config).decode().replace("<", "\\u003c"))
