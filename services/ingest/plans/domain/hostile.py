"""Which JSON Schemas are refused before they are compiled: those that could cost more than a schema may.

What is left terminates: references stay inside the schema and never lead back to themselves, the size with every
reference written out is bounded, and patterns run on an engine without backtracking (see `checking`).
"""

from collections.abc import Iterator
from typing import Any, Final

from kernel.errors import FieldError

MAX_BYTES: Final = 64 * 1024
"""A schema as JSON; a plan as a whole."""
MAX_NODES: Final = 4_000
"""Values in a schema with every reference written out."""
MAX_DEPTH: Final = 32
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

_REFUSED: Final = ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary")
_LOCAL: Final = "#/$defs/"
_DATA: Final = frozenset({"enum", "const", "default", "examples"})
"""Keywords whose values are data, not schemas."""


class _Hostile(Exception):  # never leaves this file
    pass


def objections(schema: Any) -> list[FieldError]:
    """Why a schema is refused, with pointers into it; empty where it is harmless."""
    try:
        found = list(_objections(schema, "", 0))
        if found:
            return found
        definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
        if not isinstance(definitions, dict):
            return [FieldError("/$defs", "Must be an object.")]
        _written_out(schema, definitions, {}, ())
    except _Hostile as hostile:
        return [FieldError("", str(hostile))]
    return []


def _objections(node: Any, pointer: str, depth: int) -> Iterator[FieldError]:
    if depth > MAX_DEPTH:
        raise _Hostile(f"Nests deeper than {MAX_DEPTH}.")
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _objections(child, f"{pointer}/{index}", depth + 1)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        inside = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        if key in _REFUSED and isinstance(value, str | dict):
            yield FieldError(inside, f"{key} is not taken.")
        elif key == "$schema" and value != DRAFT:
            yield FieldError(inside, f"Only {DRAFT} is taken.")
        elif key == "$ref" and isinstance(value, str) and not _is_local(value):
            yield FieldError(inside, "Only references to #/$defs/<name> are taken.")
        elif key not in _DATA:
            yield from _objections(value, inside, depth + 1)


def _is_local(reference: str) -> bool:
    return reference.startswith(_LOCAL) and "/" not in reference[len(_LOCAL) :]


def _written_out(node: Any, definitions: Any, known: dict[str, int], open_: tuple[str, ...]) -> int:
    """How many values `node` has with references written out. Raises _Hostile for circles and beyond MAX_NODES."""
    size = 1
    if isinstance(node, list):
        size += sum(_written_out(child, definitions, known, open_) for child in node)
    elif isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            size += _of_definition(reference[len(_LOCAL) :], definitions, known, open_)
        size += sum(
            _written_out(child, definitions, known, open_) for key, child in node.items() if key != "$defs"
        )
    if size > MAX_NODES:
        raise _Hostile(f"Has more than {MAX_NODES} values with its references written out.")
    return size


def _of_definition(name: str, definitions: Any, known: dict[str, int], open_: tuple[str, ...]) -> int:
    if name in open_:
        raise _Hostile("A reference leads back to itself.")
    if name not in known:
        known[name] = _written_out(definitions.get(name), definitions, known, (*open_, name))
    return known[name]
