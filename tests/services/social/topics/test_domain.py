"""Phrases match whole words, with accents, without, or written together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.topics.domain import Matcher, Topic, words_of

BRAND = Matcher([Topic("t", ("Mây Hiên",))])


@pytest.mark.parametrize(
    "text",
    [
        "Mây Hiên ngon",
        "may hien ngon",
        "MÂY HIÊN!!!",
        "mua ở mây-hiên",
        "Mây Hien",
        "#mayhien",
        "Ma\u0302y Hie\u0302n",
    ],
)
def test_a_brand_is_found_however_it_is_typed(text: str) -> None:
    assert BRAND.match(text) == ("t",)


@pytest.mark.parametrize(
    "text", ["may hiện đại", "mây hiền", "mây và hiên", "mâyhiênn", "", "hiên mây", "smay hien"]
)
def test_other_words_are_not_the_brand(text: str) -> None:
    assert BRAND.match(text) == ()


def test_a_phrase_without_accents_finds_accented_words_and_tones_may_stand_anywhere() -> None:
    assert Matcher([Topic("t", ("ca phe",))]).match("cà phê") == ("t",)
    assert Matcher([Topic("t", ("hoà bình",))]).match("Hòa Bình") == ("t",)


def test_any_all_and_none_must_hold_together() -> None:
    matcher = Matcher([Topic("t", ("giao", "ship"), ("chậm",), ("giao diện",))])
    assert matcher.match("ship cham qua") == ("t",)
    assert matcher.match("ship nhanh") == ()
    assert matcher.match("chậm") == ()
    assert matcher.match("giao diện chậm") == ()


_WORDS = st.lists(
    st.sampled_from(["mây", "may", "hiên", "giao", "quán", "cà", "phê"]), min_size=1, max_size=4
)


@given(st.lists(_WORDS, max_size=6), _WORDS)
def test_a_set_of_topics_answers_as_each_alone(phrases: list[list[str]], text: list[str]) -> None:
    topics = [Topic(str(n), (" ".join(words),)) for n, words in enumerate(phrases)]
    alone = [topic.topic_id for topic in topics if Matcher([topic]).match(" ".join(text))]
    assert list(Matcher(topics).match(" ".join(text))) == alone


@given(st.text())
def test_any_text_can_be_matched(text: str) -> None:
    assert BRAND.match(text) in ((), ("t",))
    assert all(word.typed for word in words_of(text))


def test_a_topic_of_exclusions_only_is_in_every_text_without_them() -> None:
    matcher = Matcher([Topic("t", (), (), ("giao diện",))])
    assert matcher.match("ngon") == matcher.match("giao nhanh") == ("t",)
    assert matcher.match("giao dien") == ()
