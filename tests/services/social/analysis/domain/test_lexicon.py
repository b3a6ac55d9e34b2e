"""The lexicon files are sound."""

import tomllib
from collections import Counter
from importlib.resources import files

from services.social.analysis.domain import ASPECTS, EMOTIONS, INTENTS
from services.social.analysis.domain.lexicon import lexicon


def _file(name: str) -> dict:
    return tomllib.loads((files("services.social.analysis") / "lexicon" / f"{name}.toml").read_text("utf-8"))


def test_it_is_loaded_once() -> None:
    assert lexicon() is lexicon()


def test_every_word_of_the_vocabularies_can_be_found() -> None:
    assert set(_file("aspects")) == set(ASPECTS)
    assert set(_file("emotions")) == set(EMOTIONS) - {"other"}
    assert set(_file("intents")) == set(INTENTS)


def test_no_opinion_is_both_praise_and_blame() -> None:
    data = _file("opinions")
    praise = {text for part in data["positive"].values() for text in part}
    blame = {text for part in data["negative"].values() for text in part}
    assert praise & blame == set()
    for aspect, found in _file("aspects").items():
        assert set(found["good"]) & set(found["bad"]) == set(), aspect
        assert set(found["praise"]) & set(found["blame"]) == set(), aspect


def test_a_shorthand_has_one_meaning() -> None:
    counts = Counter(short for shorts in _file("shorthand")["words"].values() for short in shorts)
    assert [short for short, n in counts.items() if n > 1] == []
