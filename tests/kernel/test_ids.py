"""Ids are canonical UUID text, ordered by time."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import canonical_id, new_id


def test_new_ids_are_canonical_unique_and_ordered() -> None:
    ids = [new_id() for _ in range(2_000)]
    assert len(set(ids)) == 2_000
    assert sorted(ids) == ids
    assert all(canonical_id(text) == text and uuid.UUID(text).version == 7 for text in ids[:50])


@given(st.uuids())
def test_every_writing_of_a_uuid_becomes_the_canonical_one(value: uuid.UUID) -> None:
    for text in (str(value), str(value).upper(), value.hex, f"{{{value}}}", f"urn:uuid:{value}"):
        assert canonical_id(text) == str(value)


@given(st.text())
def test_what_is_no_uuid_is_none(text: str) -> None:
    found = canonical_id(text)
    assert found is None or uuid.UUID(text) == uuid.UUID(found)
