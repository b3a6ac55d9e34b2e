"""Any event of the contracts, well formed, by hypothesis from the types themselves."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import strategies as st

from kernel.contracts.event import Event
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id

EVENTS: list[type[Event]] = [event for topic in TOPICS.values() for event in topic.events]

TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
SAFE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | SAFE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SAFE, inner, max_size=3),
    max_leaves=6,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    str: SAFE,
    bool: st.booleans(),
    int: st.integers(-(2**62), 2**62),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: TIMES,
}


def _field(kind: Any) -> st.SearchStrategy[Any]:
    origin, parts = getattr(kind, "__origin__", kind), getattr(kind, "__args__", ())
    if kind in PLAIN:
        found = PLAIN[kind]
    elif origin is dict:
        found = st.dictionaries(SAFE, _field(parts[1]), max_size=3)
    elif origin is tuple:
        found = st.lists(_field(parts[0]), max_size=3).map(tuple)
    elif parts:  # a union with None
        found = st.one_of([st.none() if part is type(None) else _field(part) for part in parts])
    else:
        found = structs(kind)
    return found


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any value of a struct's fields."""
    fields = {field.encode_name: _field(field.type) for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **fields)


def events(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Events of a kind as a producer makes them: not stamped yet."""
    ids = st.builds(new_id)
    stamps = {"producer": st.just(""), "epoch": st.just(""), "sequence": st.just(0)}
    envelope = {"id": ids, "subject": st.none() | ids, "version": st.just(kind.VERSION), **stamps}
    fields = {field.name: _field(field.type) for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **{**fields, **envelope})
