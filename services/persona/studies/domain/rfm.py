"""Honest groups where there is too little to find any: how recently and how often people bought, by rule."""

from typing import TYPE_CHECKING, Any, NamedTuple

from services.persona.attributes.domain import Words

if TYPE_CHECKING:
    import numpy as np


class Rule(NamedTuple):
    """A group of the rule: recent or not, frequent or not."""

    name: Words
    recent: bool
    frequent: bool


RULES = (
    Rule(Words("Khách quen", "Regulars"), recent=True, frequent=True),
    Rule(Words("Khách mới quay lại", "Recent, rarely"), recent=True, frequent=False),
    Rule(Words("Khách quen đang vắng", "Regulars gone quiet"), recent=False, frequent=True),
    Rule(Words("Khách thoáng qua", "Passers-by"), recent=False, frequent=False),
)


def rfm_labels(
    recency_days: "np.ndarray[Any, Any]", orders: "np.ndarray[Any, Any]"
) -> "np.ndarray[Any, Any]":
    """The index into RULES by person: split at the medians of recency and of order counts."""
    import numpy as np

    recency = np.nan_to_num(recency_days.astype(float), nan=np.inf)
    recent = recency <= np.median(recency)
    frequent = orders.astype(float) > np.median(orders.astype(float))
    labels: np.ndarray[Any, Any] = np.where(recent, np.where(frequent, 0, 1), np.where(frequent, 2, 3))
    return labels
