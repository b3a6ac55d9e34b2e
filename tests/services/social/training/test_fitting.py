"""A company's own labels become a model that answers for it, and the card says how well."""

from pathlib import Path

import pytest

from services.social.analysis.domain import analyse
from services.social.analysis.domain.linear import load_model
from services.social.training.cards import card
from services.social.training.domain.corpus import corpus, seeds
from services.social.training.domain.examples import BadExamples, Example, read_examples, write_examples
from services.social.training.fitting import TooFewExamples, train

PRAISE = ["quạt chạy êm", "quạt mát lắm", "gió mạnh", "lắp dễ", "đáng mua"]
BLAME = ["quạt kêu to", "hãng này hơi bị zzz", "gió yếu xìu", "cánh bị nứt", "zzz hoài luôn"]


def _labelled() -> list[Example]:
    return [
        Example(f"{clause} {n}", sentiment=label, aspects=(aspect,))
        for n in range(8)
        for clauses, label, aspect in (
            (PRAISE, "positive", "quality#positive"),
            (BLAME, "negative", "quality#negative"),
        )
        for clause in clauses
    ]


def test_a_companys_words_are_learned(tmp_path: Path) -> None:
    about = train(_labelled(), tmp_path / "own.npz", name="quat-1")
    model = load_model(tmp_path / "own.npz")
    (found,) = analyse(["cái này zzz ghê"], [model])
    assert (found.sentiment.label, found.model) == ("negative", "quat-1")
    assert [(one.aspect, one.polarity) for one in found.aspects] == [("quality", "negative")]
    assert all(one.evidence in found.redacted for one in found.aspects)
    assert {head.name for head in about.heads} == {"sentiment", "aspects"}


def test_questions_a_model_did_not_learn_are_answered_by_the_shipped_one(tmp_path: Path) -> None:
    train(_labelled(), tmp_path / "own.npz", name="quat-1")
    (found,) = analyse(["inbox giá giúp mình"], [load_model(tmp_path / "own.npz")])
    assert "purchase_intent" in found.intents


def test_too_few_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooFewExamples):
        train(_labelled()[:6], tmp_path / "own.npz", name="quat-1")
    assert not (tmp_path / "own.npz").exists()


def test_a_table_keeps_every_label(tmp_path: Path) -> None:
    examples = [one for one in corpus(300, seed=5) if one.intents is not None and one.aspects is not None]
    write_examples(tmp_path / "table.csv", examples)
    assert read_examples(tmp_path / "table.csv") == examples


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        ("a,b\n1,2\n", "header"),
        ("text,sentiment\ntốt,good\n", "line 2, sentiment"),
        ("text,aspects\ntốt,pin#positive\n", "line 2, aspects"),
    ],
)
def test_a_bad_table_says_where(tmp_path: Path, content: str, saying: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content)
    with pytest.raises(BadExamples, match=saying):
        read_examples(path)


def test_the_frozen_test_is_read_well_by_the_shipped_model_also_without_diacritics() -> None:
    lines = {(line.head, line.typed): line for line in card(seeds())}
    assert lines["sentiment", "as typed"].macro_f1 > 0.8
    assert lines["sentiment", "no diacritics"].macro_f1 > 0.75
    assert lines["spam", "as typed"].macro_f1 > 0.85


def test_the_corpus_is_always_the_same_and_repeats_no_text() -> None:
    made = corpus(500)
    assert made == corpus(500)
    assert len({one.text.lower() for one in made}) == 500
