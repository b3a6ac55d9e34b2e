"""The short cuts for common identifiers say what the rules say."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.identifiers import judge_identifier
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.pointers import point

INDEXER = Indexer(b"k" * 32)
EMAILS = st.from_regex(
    r"[a-z0-9xX]{1,9}([._+-][a-z0-9x]{0,9}){0,3}@[a-z0-9-]{1,9}(\.[a-z0-9]{1,9}){0,3}", fullmatch=True
)
PHONES = st.from_regex(r"(0|\+84|84)[0-9]{9}", fullmatch=True) | st.text(
    "0123456789", min_size=10, max_size=10
)
FAKES = st.sampled_from(
    ["test@test.com", "a@a.com", "khongco@gmail.com", "xxx@gmail.com", "0123456789", "0999999999"]
)


@given(kind=st.sampled_from(["email", "phone"]), raw=EMAILS | PHONES | FAKES, day=st.dates(date(2010, 1, 1)))
def test_a_short_cut_is_the_rule(kind: str, raw: str, day: date) -> None:
    value, reason = judge_identifier(kind, raw, captured_on=day)
    found = point(INDEXER, [(kind, raw)], day)
    if value is None:
        assert found.refused == [(kind, reason)]
    else:
        assert [pointer[2] for pointer in found.joining] == [INDEXER.index(kind, value)]


def test_googlemail_is_gmail_on_both_ways() -> None:
    indexer = Indexer(b"k" * 32)
    ones = [
        point(indexer, [("email", f"anh@{domain}")]).joining for domain in ("gmail.com", "googlemail.com")
    ]
    assert ones[0] == ones[1]
