"""Pairwise ids are a permutation of their own for each client."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.clients.domain.pairwise import Pairwise

masters = st.binary(min_size=32, max_size=32)
clients = st.uuids().map(str)
ids = st.uuids().map(str)


@given(masters, clients, ids)
def test_there_and_back_is_where_one_came_from(master: bytes, client: str, inner: str) -> None:
    pairwise = Pairwise(master)
    outer = pairwise.outer(client, inner)
    assert outer == str(UUID(outer))
    assert pairwise.inner(client, outer) == inner
    assert pairwise.outer(client, pairwise.inner(client, inner) or "") == inner


@given(masters, clients, ids, ids)
def test_equal_for_one_client_only_where_the_ids_are(
    master: bytes, client: str, one: str, other: str
) -> None:
    pairwise = Pairwise(master)
    assert (pairwise.outer(client, one) == pairwise.outer(client, other)) == (one == other)


@given(masters, masters, clients, clients, ids)
def test_two_clients_or_two_keys_share_nothing(
    master: bytes, other_master: bytes, client: str, other: str, inner: str
) -> None:
    outer = Pairwise(master).outer(client, inner)
    assert (Pairwise(master).outer(other, inner) == outer) == (client == other)
    assert (Pairwise(other_master).outer(client, inner) == outer) == (master == other_master)
    assert Pairwise(master).secret(client, "values") != Pairwise(master).secret(client, "ids")


@given(masters, clients, st.text(max_size=50))
def test_what_is_no_id_leads_to_nobody(master: bytes, client: str, text: str) -> None:
    try:
        UUID(text)
    except ValueError:
        assert Pairwise(master).inner(client, text) is None


def test_the_master_key_is_not_shown() -> None:
    assert "41414141" not in repr(Pairwise(b"A" * 32)).lower()
    assert "AAAA" not in repr(Pairwise(b"A" * 32))
