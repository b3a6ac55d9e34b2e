"""HTTP bodies of tracking, for the documents; they are decoded without pydantic."""

from typing import Any, Final

import msgspec

from services.ingest.tracking.domain.message import Batch, Context, Message

COMPONENT: Final = "#/components/schemas/"
_ANYTHING: Final = {"type": "object", "additionalProperties": True}

_WHO: Final = {"anonymousId": "2f0c7a1e-visitor", "messageId": "msg-1"}
_YES: Final = {"context": {"consent": {"categoryPreferences": {"service": True, "analytics": True}}}}

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "identify": {
        "userId": "u-1001",
        **_WHO,
        "traits": {"name": "Nguyễn Thị Ánh", "phone": "0912 345 678"},
        **_YES,
    },
    "track": {**_WHO, "event": "Product Viewed", "properties": {"sku": "AO-01", "category": "Áo"}, **_YES},
    "page": {**_WHO, "name": "Home", "properties": {"path": "/"}, **_YES},
    "screen": {**_WHO, "name": "Home", **_YES},
    "group": {"userId": "u-1001", "groupId": "co-7", "traits": {"name": "Công ty An Phát"}, **_YES},
    "alias": {"previousId": "2f0c7a1e-visitor", "userId": "u-1001"},
}
"""A message of each type."""


def tracking_schemas() -> dict[str, Any]:
    """OpenAPI components of messages and batches."""
    _, components = msgspec.json.schema_components(
        [Message, Batch, Context], ref_template=COMPONENT + "{name}"
    )
    for name, member in (
        ("Message", "properties"), ("Message", "traits"), ("Message", "context"), ("Batch", "context"),
    ):  # fmt: skip
        components[name]["properties"][member] = _ANYTHING
    components["Message"]["properties"]["context"] = {"$ref": COMPONENT + "Context"}
    components["Batch"]["properties"]["batch"]["items"] = {"$ref": COMPONENT + "Message"}
    return {f"Tracking{name}": _renamed(schema) for name, schema in components.items()}


def _renamed(schema: Any) -> Any:
    """The schema with its references to names of their own."""
    text = msgspec.json.encode(schema).replace(COMPONENT.encode(), COMPONENT.encode() + b"Tracking")
    return msgspec.json.decode(text)
