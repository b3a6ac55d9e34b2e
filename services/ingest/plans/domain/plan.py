"""A plan, and the JSON Schema (draft 2020-12) that its list of fields comes to."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

ENFORCE, REPORT, OFF = "enforce", "report", "off"
ALLOW, REFUSE = "allow", "refuse"

PARTS: Final = {"payload": ("payload",), "attributes": ("subject", "attributes")}
"""The parts of a record that a whole JSON Schema may be given for, and where they stand."""
CLOSED: Final = (("payload",), ("subject", "attributes"), ("subject", "identifiers"))
"""The parts in which unknown fields can be refused."""

_NAME = r"[^.\[\]\x00-\x1f]{1,64}"
is_path = re.compile(
    rf"channel|(?:payload|subject\.attributes|subject\.identifiers|consent|basis|collector)(?:\.{_NAME}(?:\[\])?){{1,6}}"
).fullmatch
"""Whether a text names a field: `payload.total`, `payload.items[].sku`, `subject.identifiers.phone`, ..."""


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is promised of one field. A field that is not required may be absent or null."""

    required: bool = False
    type: str | None = None
    enum: tuple[str | int | float | bool, ...] | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None


class Rules(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is promised of one kind of records: rules by field, and whole schemas of parts."""

    fields: dict[str, Rule] = {}
    unknown_fields: str = ALLOW
    schemas: dict[str, Any] = {}
    """Of PARTS: a JSON Schema each, as it was given."""


class Plan(msgspec.Struct, frozen=True):
    """One version of a plan, never changed."""

    source: str
    kind: str
    version: int
    enforcement: str
    rules: Rules
    created_at: int


def schema_of(rules: Rules) -> dict[str, Any]:
    """The schema of a whole record that `rules.fields` and `rules.unknown_fields` come to."""
    root: dict[str, Any] = {"type": "object"}
    for path, rule in rules.fields.items():
        _place(root, path.split("."), rule)
    if rules.unknown_fields == REFUSE:
        for part in CLOSED:
            _close(root, part, rules)
    return root


def _place(node: dict[str, Any], steps: list[str], rule: Rule) -> None:
    """A required field makes the way to it required; in a list it is asked of each element."""
    for index, step in enumerate(steps):
        name, repeated = step.removesuffix("[]"), step.endswith("[]")
        if rule.required and name not in node.setdefault("required", []):
            node["required"].append(name)
        child = node.setdefault("properties", {}).setdefault(name, {})
        if repeated:
            child["type"] = ["array", "null"]
            child = child.setdefault("items", {})
            if index < len(steps) - 1:
                child["type"] = "object"
        node = child
        if index < len(steps) - 1 and not repeated:
            kinds = ["object"] if rule.required or child.get("type") == ["object"] else ["object", "null"]
            child["type"] = kinds
    _tell(node, rule)


def _tell(node: dict[str, Any], rule: Rule) -> None:
    """The field's own keywords beside those of the fields below it, if any."""
    also = [] if rule.required else ["null"]
    if rule.type:
        node["type"] = [rule.type, *also]
    elif rule.required and "type" not in node:
        node["not"] = {"type": "null"}
    if rule.enum is not None:
        node["enum"] = [*rule.enum, *([None] if also else [])]
    told: Mapping[str, Any] = {
        "pattern": rule.pattern,
        "minimum": rule.minimum,
        "maximum": rule.maximum,
        "maxLength": rule.max_length,
    }
    node.update({key: value for key, value in told.items() if value is not None})


def _close(root: dict[str, Any], part: tuple[str, ...], rules: Rules) -> None:
    """Nothing but the listed fields in `part`; a part of which none is listed is not judged, but for the payload."""
    node = root
    for step in part:
        if step not in node.get("properties", {}) and part != ("payload",):
            return
        node = node.setdefault("properties", {}).setdefault(step, {})
    if not (part == ("payload",) and "payload" in rules.schemas and not node):
        _close_below(node)


def _close_below(node: dict[str, Any]) -> None:
    node.setdefault("properties", {})
    node["additionalProperties"] = False
    for child in node["properties"].values():
        inner = child.get("items", child)
        if "properties" in inner:
            _close_below(inner)
