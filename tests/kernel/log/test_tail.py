"""The log's memory of its newest messages: an exact end of each partition, or nothing."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.log.port import Message
from kernel.log.tail import Tail

places = st.sampled_from([("a", 0), ("a", 1), ("b", 0)])
pieces = st.lists(
    st.dictionaries(places, st.lists(st.binary(max_size=400), min_size=1, max_size=6), max_size=3)
)


@given(pieces=pieces, limit=st.integers(0, 8_000), start=st.integers(0, 1_000))
def test_what_is_read_is_what_was_added_and_memory_is_bounded(
    pieces: list[dict[tuple[str, int], list[bytes]]], limit: int, start: int
) -> None:
    tail = Tail(limit)
    added: dict[tuple[str, int], list[Message]] = {}
    for piece in pieces:
        news = {
            place: [
                Message(start + len(added.get(place, ())) + number, b"k", value)
                for number, value in enumerate(values)
            ]
            for place, values in piece.items()
        }
        for place, messages in news.items():
            added.setdefault(place, []).extend(messages)
        tail.add(news)
        kept = [message for place in added for message in known(tail, place, added[place])]
        assert sum(len(message.value) for message in kept) <= limit


def known(tail: Tail, place: tuple[str, int], added: list[Message]) -> list[Message]:
    """What the tail holds of a partition: the same from every position, and always its end."""
    longest: list[Message] = []
    for back in range(1, len(added) + 1):
        found = tail.read(place, added[-back].offset, 1_000)
        if found is None:
            assert all(tail.read(place, older.offset, 1_000) is None for older in added[: len(added) - back])
            break
        assert found == added[-back:]
        assert tail.read(place, added[-back].offset, 2) == found[:2]
        longest = found
    return longest


def test_the_newest_is_kept_and_who_stands_at_the_end_has_nothing_to_read() -> None:
    tail = Tail(10_000)
    tail.add({("a", 0): [Message(7, b"k", b"v"), Message(8, b"k", b"w")]})
    assert tail.read(("a", 0), 8, 10) == [Message(8, b"k", b"w")]
    assert tail.read(("a", 0), 9, 10) == []
    assert tail.read(("a", 0), 6, 10) is None
    assert tail.read(("a", 1), 0, 10) is None


def test_what_was_cleared_is_not_read() -> None:
    tail = Tail(10_000)
    tail.add({("a", 0): [Message(0, b"k", b"v")]})
    tail.clear()
    assert tail.read(("a", 0), 0, 10) is None
    tail.add({("a", 0): [Message(1, b"k", b"w")]})
    assert tail.read(("a", 0), 0, 10) is None
    assert tail.read(("a", 0), 1, 10) == [Message(1, b"k", b"w")]
