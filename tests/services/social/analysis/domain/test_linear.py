"""Model files are data: what is damaged, foreign or executable is refused."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from services.social.analysis.domain import analyse
from services.social.analysis.domain.analyser import SHIPPED, shipped
from services.social.analysis.domain.linear import BadModel, load_model
from services.social.training.domain.corpus import corpus
from services.social.training.fitting import digest_of


def test_the_shipped_model_was_trained_on_the_corpus_in_the_tree() -> None:
    assert shipped().about.corpus == digest_of(corpus())


@pytest.mark.parametrize("content", [b"", b"no model", pickle.dumps({"a": 1}), b"PK\x03\x04broken"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(BadModel):
        load_model(path)


def test_a_model_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, about=np.array([{"run": "me"}], dtype=object))
    with pytest.raises(BadModel):
        load_model(path)


def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    with np.load(SHIPPED) as held:
        parts = dict(held)
    parts["bias"] = parts["bias"][:-1]
    path = tmp_path / "model.npz"
    np.savez(path, **parts)
    with pytest.raises(BadModel, match="damaged"):
        load_model(path)


def test_a_batch_reads_each_text_as_if_it_were_alone() -> None:
    texts = ["hàng đẹp", "", "shop giao chậm quá", "???", "may lag kinh", "cho hỏi giá"]
    assert analyse(texts) == [analyse([text])[0] for text in texts]
