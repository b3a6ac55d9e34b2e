"""Raw bodies in the OpenAPI document: what a hot route decodes by itself, described from the type it decodes."""

from typing import Any

import msgspec


def json_body(kind: Any) -> dict[str, Any]:
    """The part of a route's `openapi_extra` that describes a JSON body of `kind` which it reads itself."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(kind)}}}}


def json_answer(kind: Any, description: str) -> dict[str, Any]:
    """An entry of a route's `responses` for an answer of `kind` that the route encodes itself."""
    return {"description": description, "content": {"application/json": {"schema": schema_of(kind)}}}


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a msgspec type, written out in place, without references."""
    schema = msgspec.json.schema(kind)
    written: dict[str, Any] = _inlined(schema, schema.get("$defs", {}))
    written.pop("$defs", None)
    return written


def _inlined(node: Any, types: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(part, types) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(types[node["$ref"].rsplit("/", 1)[-1]], types)
    return {key: _inlined(part, types) for key, part in node.items() if key != "$defs"}
