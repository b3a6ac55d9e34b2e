"""Who is who."""

from hypothesis import given
from hypothesis import strategies as st

from services.persona.lake.domain import Merge, person_by_origin


def test_chains_of_merges_are_followed_to_their_end() -> None:
    assert person_by_origin([Merge("a", "b", 1), Merge("b", "c", 2)]) == {"a": "c", "b": "c"}
    assert person_by_origin([Merge("a", "b", 1), Merge("a", "c", 3)]) == {"a": "c"}


@given(
    st.lists(
        st.builds(Merge, st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(0, 20)), max_size=12
    )
)
def test_everybody_is_somebody_and_the_map_is_at_rest(merges: list[Merge]) -> None:
    person = person_by_origin(merges)
    for origin in person:
        found = person[origin]
        assert person.get(found, found) == found
