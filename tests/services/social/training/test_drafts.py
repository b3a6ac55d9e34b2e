"""What says how well a head reads was not learned for it, and the better way is taken."""

import numpy as np
import pytest
from scipy import sparse

from services.social.training.drafts import MANY, best_draft, folds_of


def test_texts_that_were_given_for_it_are_held_out_and_never_learned() -> None:
    (fold,) = folds_of(range(10), ["one"] * 10, 7)
    assert (list(fold.learn), list(fold.check), fold.given) == (list(range(7)), [7, 8, 9], True)


def test_of_few_texts_each_is_held_out_once() -> None:
    folds = folds_of(range(100), ["one"] * 100, 100)
    assert sorted(place for fold in folds for place in fold.check) == list(range(100))
    assert all(not set(fold.learn) & set(fold.check) for fold in folds)


@pytest.mark.parametrize(("count", "sources"), [(60, 6), (MANY, 1)])
def test_of_many_texts_or_sources_a_part_is_held_out(count: int, sources: int) -> None:
    names = [str(place % sources) for place in range(count)]
    (fold,) = folds_of(range(count), names, count)
    assert 0 < len(fold.check) < len(fold.learn)
    if sources > 1:
        assert not {names[place] for place in fold.check} & {names[place] for place in fold.learn}


def test_looks_are_used_where_they_read_better() -> None:
    """Text n says nothing; its look says the label."""
    truth = {place: (float(place % 2), float(1 - place % 2)) for place in range(60)}
    said = np.random.default_rng(1).random((120, 3))
    looks = np.array([[row // 2 % 2, 1 - row // 2 % 2] for row in range(120)], dtype=float)

    def rows(places: object, shaped: bool) -> object:
        return sparse.csr_matrix(np.hstack([said, looks if shaped else 0 * looks])[places])

    folds = folds_of(range(60), ["one"] * 60, 60)
    assert best_draft(rows, folds, truth, one_of=True, shaped=True).way.shaped
    assert not best_draft(rows, folds, truth, one_of=True).way.shaped
