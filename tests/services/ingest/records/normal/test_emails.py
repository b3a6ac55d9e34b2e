"""Doubts about addresses; nothing is changed."""

import pytest

from services.ingest.records.domain.normal.emails import email_doubts


@pytest.mark.parametrize(
    ("address", "doubts"),
    [
        ("lan.anh@gmail.com", ()),
        ("lan@congty.vn", ()),
        ("lan@gmial.com", ("email-typo",)),
        ("lan@gmail.con", ("email-typo",)),
        (" Lan@YOPMAIL.com ", ("email-disposable",)),
        ("info@congty.vn", ("email-role",)),
    ],
)
def test_doubts(address: str, doubts: tuple[str, ...]) -> None:
    assert email_doubts(address) == doubts
