"""Cursor pages: following them visits everything once, and a cursor that is none of ours is refused."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.web.pages import decode_cursor, encode_cursor, page

POSITION = tuple[str, int]


@given(st.lists(st.integers(), unique=True), st.integers(1, 10))
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


@given(st.text(), st.integers(-(2**63), 2**63 - 1))
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


def test_an_exactly_full_page_is_the_last() -> None:
    assert page([1, 2], 2, lambda row: row, lambda row: row) == {"items": [1, 2], "next_cursor": None}
