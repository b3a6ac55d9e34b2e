"""Doors: the scope and the purpose decide, and our own services need neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from kernel.errors import PurposeNotAllowed, ScopeMissing
from kernel.web.doors import admitted, admitted_service, declare
from kernel.web.internal import Caller

words = st.sampled_from(["collect:write", "social:read", "admin"])
clients = st.builds(
    Caller,
    st.just("c"),
    st.sampled_from(["collector", "partner", "internal", "operator", "privacy_officer"]),
    st.frozensets(words),
    st.frozensets(words),
)
SERVICE = Caller("verify", "service")


def asked_by(caller: Caller) -> Request:
    """A request as it reaches a door."""
    return Request({"type": "http", "caller": caller})


@given(clients, words)
def test_a_client_passes_with_the_scope_and_only_with_it(client: Caller, scope: str) -> None:
    if scope in client.scopes:
        assert admitted(asked_by(client), scope) == client
        return
    with pytest.raises(ScopeMissing, match=scope):
        admitted(asked_by(client), scope)


@given(clients, words)
def test_a_client_declares_the_purposes_it_was_given_and_no_other(client: Caller, purpose: str) -> None:
    if purpose in client.purposes:
        declare(client, purpose)
        return
    with pytest.raises(PurposeNotAllowed, match=purpose):
        declare(client, purpose)


@given(clients)
def test_an_internal_door_opens_for_no_client(client: Caller) -> None:
    with pytest.raises(ScopeMissing):
        admitted_service(asked_by(client))


def test_a_service_needs_neither_scope_nor_purpose() -> None:
    request = asked_by(SERVICE)
    assert admitted(request, "admin") == admitted_service(request) == SERVICE
    declare(SERVICE, "marketing")
