"""The model answers for whatever people there are, also where none or all of them are alike."""

from typing import Any

import pytest

from services.ingest.matching.child import compare
from services.ingest.matching.domain import ROW, columns_of


def told_of(*people: dict[str, str]) -> list[dict[str, Any]]:
    """What is told of people, each of one record."""
    rows = [columns_of(str(number), str(number), fields) for number, fields in enumerate(people)]
    messages: list[dict[str, Any]] = []
    columns = dict(zip(ROW, map(list, zip(*rows, strict=True)), strict=True))
    compare(columns, 1 << 30, messages.append)
    return [message for message in messages if "a" in message]


WOMAN = {"full_name": "Lý Bảo Trân", "date_of_birth": "1990-04-01", "email": "tran@example.com"}


@pytest.mark.parametrize(
    ("people", "pairs"),
    [
        ([WOMAN, {"full_name": "Đỗ Minh Khôi"}], 0),
        ([WOMAN, WOMAN], 1),
        ([WOMAN] * 6, 15),
        ([{}, {}], 0),
    ],
    ids=["strangers", "one woman twice", "nobody but one woman", "of whom nothing is known"],
)
def test_alike_or_not_every_population_is_answered(people: list[dict[str, str]], pairs: int) -> None:
    assert len([pair for pair in told_of(*people) if pair["probability"] > 0.9]) == pairs
