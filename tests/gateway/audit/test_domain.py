"""The chain's rule: no entry can be changed, moved, added or taken out without a break that shows where."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.audit.domain import GENESIS, Entry, Place, entry_hash, follow

KEY = b"k" * 32
START = datetime(2026, 11, 24, tzinfo=UTC)


class Row(NamedTuple):
    """An entry as it is stored."""

    chain: int
    sequence: int
    id: str
    at: datetime
    hash: bytes
    client_id: str
    action: str
    decision: str
    reason: str
    subject: str | None
    purpose: str | None
    fields: list[str]
    decision_id: str | None
    context: dict[str, Any] | None


words = st.text(max_size=12)
entries = st.builds(
    Entry,
    words,
    st.sampled_from(["read", "lookup", "write"]),
    st.sampled_from(["allow", "deny"]),
    words,
    st.none() | words,
    st.none() | words,
    st.lists(words, max_size=3).map(tuple),
    st.none() | words,
    st.none() | st.dictionaries(words, words, max_size=2),
)
chains = st.lists(entries, min_size=1, max_size=6)


def chained(contents: list[Entry], key: bytes = KEY) -> list[Row]:
    """Rows of a whole chain."""
    rows, before = [], GENESIS
    for sequence, entry in enumerate(contents, 1):
        place = Place(1, sequence, f"id-{sequence}", START + timedelta(seconds=sequence))
        before = entry_hash(key, before, place, entry)
        rows.append(Row(*place, before, **{**entry._asdict(), "fields": list(entry.fields)}))
    return rows


@given(chains)
def test_a_chain_that_nobody_touched_holds(contents: list[Entry]) -> None:
    rows = chained(contents)
    assert follow(KEY, GENESIS, 1, rows) == (rows[-1].hash, len(rows) + 1, None)


@given(chains, st.data())
def test_any_changed_entry_is_found_where_it_is(contents: list[Entry], data: st.DataObject) -> None:
    rows = chained(contents)
    place = data.draw(st.integers(0, len(rows) - 1))
    changes: dict[str, Any] = {
        "client_id": "somebody else",
        "decision": "allow" if rows[place].decision == "deny" else "deny",
        "reason": "a better reason",
        "subject": "another person",
        "purpose": "a better purpose",
        "fields": [*rows[place].fields, "phone"],
        "decision_id": "another decision",
        "context": {"kind": "another"},
        "at": rows[place].at + timedelta(microseconds=1),
        "id": "another",
        "hash": bytes(32),
    }
    name = data.draw(st.sampled_from(sorted(changes)))
    rows[place] = rows[place]._replace(**{name: changes[name]})
    _, _, bad = follow(KEY, GENESIS, 1, rows)
    assert bad == rows[place].id


@given(chains, st.data())
def test_an_entry_taken_out_of_the_middle_or_put_in_twice_is_found(
    contents: list[Entry], data: st.DataObject
) -> None:
    rows = chained(contents)
    place = data.draw(st.integers(0, len(rows) - 1))
    doubled = [*rows[: place + 1], *rows[place:]]
    assert follow(KEY, GENESIS, 1, doubled)[2] == rows[place].id
    assume(place < len(rows) - 1)
    shorter = rows[:place] + rows[place + 1 :]
    assert follow(KEY, GENESIS, 1, shorter)[2] == rows[place + 1].id


@given(chains)
def test_a_chain_made_anew_without_the_key_does_not_hold(contents: list[Entry]) -> None:
    forged = chained(contents, b"another key, 32 bytes long......")
    assert follow(KEY, GENESIS, 1, forged)[2] == forged[0].id
