"""Promises of the texts: one segment, no advertising, true when sent again."""

import re
from datetime import UTC, datetime

import pytest

from services.verify.senders.port import Channel, Locale
from services.verify.senders.texts import write_text

UNTIL = datetime(2026, 11, 24, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("channel", ["sms", "zalo"])
def test_a_text_fits_one_segment_and_names_code_and_end(channel: Channel, locale: Locale) -> None:
    text = write_text(channel, locale, "012345", UNTIL)
    assert len(text) <= 70
    assert "012345" in text
    assert "12:07" in text  # Vietnam's clock
    assert not re.search(r"https?:|www\.|\[QC\]|khuyến mãi|sale", text, re.IGNORECASE)


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_a_call_says_the_digits_one_by_one_and_twice(locale: Locale) -> None:
    assert write_text("voice", locale, "012345", UNTIL).count("0, 1, 2, 3, 4, 5") == 2
