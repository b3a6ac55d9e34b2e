"""Spelling is forgiven, places are kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.analysis.domain.lexicon import lexicon
from services.social.analysis.domain.tokens import is_bare, spell, strip_accents, tokenise


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ĐẸPPPPP", "đẹp"),
        ("quáaaa", "quá"),
        ("hòa", "hoà"),
        ("thúy", "thuý"),
        ("goood", "god"),
        ("xoong", "xoong"),
    ],
)
def test_one_spelling_for_a_word(written: str, meant: str) -> None:
    assert spell(written) == meant


def test_decomposed_letters_read_like_composed_ones() -> None:
    assert spell(unicodedata.normalize("NFD", "Đẹp")) == "đẹp"


def test_shorthand_becomes_the_words_meant_at_the_place_of_the_shorthand() -> None:
    words = lexicon()
    tokens = tokenise("sp ko đc", words.known, words.shorthand)
    assert [t.word for t in tokens] == ["sản", "phẩm", "không", "được"]
    assert [(t.start, t.end) for t in tokens] == [(0, 2), (0, 2), (3, 5), (6, 8)]


def test_k_behind_a_number_is_money() -> None:
    words = lexicon()
    assert [t.word for t in tokenise("500 k", words.known, words.shorthand)] == ["500", "nghìn"]


def test_what_redaction_left_behind_is_no_word() -> None:
    words = lexicon()
    assert tokenise("[phone] <email>", words.known, words.shorthand) == []


def test_a_text_is_bare_when_it_was_typed_without_diacritics() -> None:
    assert is_bare("giao hang nhanh, pin trau")
    assert not is_bare("giao hàng nhanh")


@given(st.text(max_size=300))
def test_tokens_lie_in_order_inside_the_text(text: str) -> None:
    words = lexicon()
    tokens = tokenise(text, words.known, words.shorthand)
    assert all(0 <= t.start < t.end <= len(text) for t in tokens)
    assert [t.start for t in tokens] == sorted(t.start for t in tokens)


@given(st.text(max_size=100))
def test_stripping_accents_twice_changes_nothing_more(text: str) -> None:
    once = strip_accents(text)
    assert strip_accents(once) == once
