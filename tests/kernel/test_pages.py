"""Cursor pages: following them visits everything once, and a cursor that is none of ours is refused."""

from base64 import urlsafe_b64encode
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.web.pages import Key, Moment, Version, decode_cursor, decode_key, encode_cursor, page

POSITION: Any = tuple[str, int]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True), st.integers(1, 10))
def test_following_the_cursors_visits_every_row_once(rows: list[int], limit: int) -> None:
    rows.sort()
    seen: list[int] = []
    cursor: str | None = None
    while True:
        after = decode_cursor(cursor, int)
        waiting = [row for row in rows if after is None or row > after]
        answer = page(waiting[: limit + 1], limit, lambda row: row, lambda row: {"n": row})
        assert len(answer["items"]) <= limit
        seen += [item["n"] for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == rows


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.integers(-(2**63), 2**63 - 1),
)
def test_a_cursor_is_safe_in_a_url_and_comes_back(text: str, number: int) -> None:
    cursor = encode_cursor([text, number])
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert decode_cursor(cursor, POSITION) == (text, number)


@pytest.mark.parametrize(
    "cursor", ["", "x", "!!!", "bm90IEpTT04", "é", urlsafe_b64encode(b'{"a":1}').decode()]
)
def test_what_is_no_cursor_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode_cursor(cursor, POSITION)
    assert [error.pointer for error in caught.value.errors] == ["/cursor"]


@given(st.text())
def test_no_text_breaks_it(cursor: str) -> None:
    try:
        decode_cursor(cursor, POSITION)
    except InvalidInput:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", [tuple[int, Key], tuple[Moment, str], tuple[str, Version], tuple[Key, str]])
@given(position=JSON | st.tuples(JSON, JSON))
def test_a_forged_position_is_refused_or_one_that_any_database_takes(kind: Any, position: Any) -> None:
    try:
        decoded: Any = decode_cursor(encode_cursor(position), kind)
    except InvalidInput as refused:
        assert [error.pointer for error in refused.errors] == ["/cursor"]
        return
    for expected, part in zip(get_args(kind), decoded, strict=True):
        if expected is Key:
            assert str(UUID(part)) == part
        elif expected is Moment:
            assert part.utcoffset() is not None
        elif expected is Version:
            assert 0 <= part < 2**31
        elif expected is int:
            assert -(2**63) <= part < 2**63
        else:
            assert "\0" not in part


@pytest.mark.parametrize(
    "forged", ["nobody", 7, None, ["0193f1a2-7c1e-7000-8000-000000000001"], "\0", "x' OR 1"]
)
def test_what_is_no_id_is_no_place_in_a_list_ordered_by_ids(forged: Any) -> None:
    with pytest.raises(InvalidInput):
        decode_key(encode_cursor(forged))
    assert decode_key(None) is None
    known = "0193f1a2-7c1e-7000-8000-000000000001"
    assert decode_key(encode_cursor(known)) == known


def test_an_exactly_full_page_is_the_last() -> None:
    assert page([1, 2], 2, lambda row: row, lambda row: row) == {"items": [1, 2], "next_cursor": None}
