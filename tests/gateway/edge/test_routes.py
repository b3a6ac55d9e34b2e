"""The table of public routes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clients.domain.grants import SCOPES
from gateway.edge.matching import Access, Route, RouteTable, fill
from gateway.edge.routes import EVERY, ROUTES

TABLE = RouteTable(EVERY)


CHECKED_BY_THE_DOOR = (
    "/.well-known/verify-jwks.json",
    "/stop/{token}",
    "/webhooks/verify/{sender}",
    "/webhooks/social/{connector_id}",
    "/webhooks/social/{connector_id}/deletion",
    "/personas/assets/{file}",
)
"""Public keys; reports that their carriers and platforms sign; the pages' style and fonts."""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_found_by_its_own_path(route: Route) -> None:
    names = [part.partition("}")[0] for part in route.path.split("{")[1:]]
    path = fill(route.path, dict.fromkeys(names, "abc"))
    match = TABLE.find(route.method, path)
    assert match is not None
    assert match.route == route
    assert match.params == dict.fromkeys(names, "abc")
    assert route.method in TABLE.methods(path)


SIGNED = {"/v1/hooks/{hook_id}", "/v1/sessions"}
"""Doors that check a signature or a password instead of a token."""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_scope_exists_and_only_harmless_doors_are_open(route: Route) -> None:
    assert set(route.scopes) <= set(SCOPES)
    if route.access is Access.OPEN:
        assert route.upstream == "gateway" or route.path in {*SIGNED, *CHECKED_BY_THE_DOOR}
        assert not route.path.startswith("/v1/") or route.path in SIGNED
    elif route.access is Access.SITE:
        assert (route.method, route.upstream) == ("GET", "gateway")
        assert "{write_key}" in route.path
    elif route.upstream != "gateway":
        assert route.scopes
    assert "/internal" not in route.path


def test_no_route_is_listed_twice() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize(
    "path",
    [
        "/internal/reveal",
        "/v1/../internal/reveal",
        "/v1/records/../../internal/reveal",
        "/v1/records/..",
        "/v1/records/.",
        "//internal/reveal",
        "/v1/records/batch/",
        "/V1/records",
        "/v1/records/",
        "",
    ],
)
def test_nothing_else_is_found(path: str) -> None:
    assert TABLE.find("POST", path) is None
    assert TABLE.find("GET", path) is None


@given(st.text(max_size=30))
def test_no_path_leads_out_of_its_placeholder(text: str) -> None:
    match = TABLE.find("GET", f"/v1/records/{text}")
    if match is not None and match.params:
        assert match.params == {"record_id": text}
        assert "/" not in text
        assert text not in ("", ".", "..")


def test_a_suffix_belongs_to_the_route_and_not_to_the_id() -> None:
    picture, card = TABLE.find("GET", "/v1/personas/abc.svg"), TABLE.find("GET", "/v1/personas/abc")
    assert picture is not None
    assert card is not None
    assert (picture.params, card.params) == ({"persona_id": "abc"}, {"persona_id": "abc"})
    assert picture.route != card.route
