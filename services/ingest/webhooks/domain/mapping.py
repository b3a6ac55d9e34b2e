"""Mappings: which part of a delivery becomes which field of a record, as data.

A mapping is a list of rules. A rule says which deliveries it is for (`topics`), where the things in them stand
(`each`), what each becomes (`kind`, `channel`, `fields`) and what tells its versions apart (`id`, `version`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from services.ingest.webhooks.domain.pointers import at, steps_of
from services.ingest.webhooks.domain.values import CONVERSIONS, moment, text

KINDS: Final = frozenset(
    [
        "profile",
        "interaction",
        "transaction",
        "survey",
        "interview",
        "attendance",
        "referral",
        "feedback",
        "market_note",
    ]
)
MAX_RULES, MAX_FIELDS, MAX_THINGS = 50, 100, 1_000
_PATH = re.compile(
    r"subject\.identifiers\.(?:[a-z_]+|social\.[a-z_]+)|subject\.attributes\.[a-z_]+(?:\.[a-z_]+)?"
    r"|payload(?:\.[A-Za-z_][\w-]{0,63}){1,4}|occurred_at"
).fullmatch


class Cell(msgspec.Struct, rename={"convert": "as"}, forbid_unknown_fields=True, omit_defaults=True):
    """Where a value comes from: the first of `at` that holds one, converted; else `otherwise`."""

    at: list[str] = []
    convert: str = "text"
    join: list[str] = []
    """Texts at these pointers with single spaces between them, instead of `at`."""
    one_of: list[Any] = []
    """The value becomes whether it is one of these."""
    values: dict[str, Any] = {}
    """What to write for a value; others are left out."""
    each: str | None = None
    """A list: `fields` of each of its members become an object."""
    fields: dict[str, "Cell"] = {}
    prefix: str = ""
    """Written before a text: what tells this provider's codes from another's."""
    otherwise: Any = None


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What the things in a delivery become."""

    topics: list[str]
    kind: str
    channel: str
    id: str
    """Pointer to the thing's id at the provider, from the thing."""
    fields: dict[str, Cell]
    version: list[str] = []
    """Pointers of which the first that holds something tells one state of the thing from another."""
    each: str = ""
    """Pointer to a thing, or to a list of things; empty: the delivery itself."""
    subject: bool = True


class Recipe(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A whole mapping. `topic` says where a message's topic stands: a header's name, or a pointer from the message."""

    topic: str
    rules: list[Rule]
    messages: str = ""
    """Pointer to the messages of a delivery, where one brings several; empty: the delivery is the message."""


class Thing(msgspec.Struct, frozen=True):
    """What one thing in a delivery comes to: its id and version at the provider, and the record without an id."""

    kind: str
    native_id: str
    version: str
    record: dict[str, Any]


def mistakes_in(recipe: Recipe) -> list[tuple[str, str]]:
    """(JSON pointer into the mapping, what is wrong there); empty where it can be used."""
    found = [] if 0 < len(recipe.rules) <= MAX_RULES else [("/rules", f"1 to {MAX_RULES} rules.")]
    for number, rule in enumerate(recipe.rules[:MAX_RULES]):
        found += [(f"/rules/{number}{where}", what) for where, what in _mistakes_in_rule(rule)]
    return found


def _mistakes_in_rule(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.kind not in KINDS:
        yield "/kind", "No such kind of record."
    if not rule.topics:
        yield "/topics", "At least one topic, or *."
    if len(rule.fields) > MAX_FIELDS:
        yield "/fields", f"At most {MAX_FIELDS} fields."
    for where, pointer in (
        ("/id", rule.id),
        ("/each", rule.each),
        *(("/version", one) for one in rule.version),
    ):
        yield from _mistaken_pointer(where, pointer)
    for path, cell in rule.fields.items():
        place = "/fields/" + path.replace("~", "~0").replace("/", "~1")
        if not _PATH(path):
            yield place, "subject.identifiers.*, subject.attributes.*, payload.* or occurred_at."
        yield from _mistakes_in_cell(place, cell)


def _mistakes_in_cell(where: str, cell: Cell, depth: int = 0) -> Iterator[tuple[str, str]]:
    if cell.convert not in CONVERSIONS:
        yield where + "/as", "One of: " + ", ".join(CONVERSIONS) + "."
    if depth > 3:
        yield where, "Nested too deeply."
        return
    for pointer in (*cell.at, *cell.join, *((cell.each,) if cell.each is not None else ())):
        yield from _mistaken_pointer(where, pointer)
    for name, inner in cell.fields.items():
        yield from _mistakes_in_cell(f"{where}/fields/{name}", inner, depth + 1)


def _mistaken_pointer(where: str, pointer: str) -> Iterator[tuple[str, str]]:
    try:
        steps_of(pointer)
    except ValueError as error:
        yield where, str(error)


def messages_in(
    recipe: Recipe, headers: Mapping[str, str], document: Any
) -> list[tuple[str | None, dict[str, Any]]]:
    """(topic, message) of each message in a delivery; None where one names no topic."""
    by_header = None if recipe.topic.startswith("/") else text(headers.get(recipe.topic.lower()))
    return [
        (by_header or (text(at(one, recipe.topic)) if recipe.topic.startswith("/") else None), one)
        for one in _each(document, recipe.messages)
    ]


def things_in(recipe: Recipe, topic: str | None, message: Any) -> list[Thing] | None:
    """What a message of that topic comes to; None where no rule is for it. Never raises on odd documents.

    A thing without an id at the provider is left out: nothing could tell a repetition of it.
    """
    rules = [rule for rule in recipe.rules if "*" in rule.topics or (topic and _suits(topic, rule.topics))]
    if not rules:
        return None
    return [thing for rule in rules for one in _each(message, rule.each) for thing in _thing(rule, one)]


def _suits(topic: str, topics: Sequence[str]) -> bool:
    """`invoice.update` also where the provider adds a tenant: `invoice.update.1234`."""
    return any(topic == one or topic.startswith(one + ".") for one in topics)


def _each(document: Any, pointer: str) -> list[Any]:
    """The things at a pointer; a step `*` is every member of a list."""
    head, star, tail = pointer.partition("/*")
    found = at(document, head)
    members = found if isinstance(found, list) else [found]
    if star:
        return [one for member in members[:MAX_THINGS] for one in _each(member, tail)][:MAX_THINGS]
    return [one for one in members[:MAX_THINGS] if isinstance(one, dict)]


def _thing(rule: Rule, one: Any) -> Iterator[Thing]:
    native_id = text(at(one, rule.id))
    if native_id is None:
        return
    record: dict[str, Any] = {"channel": rule.channel, "kind": rule.kind}
    if rule.subject:
        record["subject"] = {"identifiers": {}}
    for path, cell in rule.fields.items():
        value = value_of(cell, one)
        if value is not None:
            _put(record, path.split("."), value)
    version = next((found for pointer in rule.version if (found := text(at(one, pointer)))), "")
    yield Thing(rule.kind, native_id, moment(version) or version, record)


def value_of(cell: Cell, one: Any) -> Any:
    """What a cell comes to; None where there is nothing."""
    if cell.each is not None:
        members = [
            {
                name: value
                for name, inner in cell.fields.items()
                if (value := value_of(inner, member)) is not None
            }
            for member in _each(one, cell.each)
        ]
        return [member for member in members if member] or cell.otherwise
    if cell.join:
        parts = [part for pointer in cell.join if (part := text(at(one, pointer)))]
        return " ".join(parts) or cell.otherwise
    for pointer in cell.at:
        value = _converted(cell, at(one, pointer))
        if value is not None:
            return value
    return cell.otherwise


def _converted(cell: Cell, raw: Any) -> Any:
    if raw is None:
        return None
    if cell.one_of:
        return raw in cell.one_of if isinstance(raw, str | int | float | bool) else None
    if cell.values:
        return cell.values.get(text(raw) or "")
    value = CONVERSIONS[cell.convert](raw)
    return cell.prefix + value if cell.prefix and isinstance(value, str) else value


def _put(record: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        inner = record.setdefault(step, {})
        if not isinstance(inner, dict):  # an address given both as a text and by its parts: the text stands
            return
        record = inner
    record[path[-1]] = value
