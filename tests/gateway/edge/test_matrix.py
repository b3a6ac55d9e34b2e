"""Every endpoint, by every role and method, is open to whom the table of routes says, and to nobody else."""

from itertools import product

import pytest

from gateway.clients.domain.grants import FIRST_CLIENTS
from gateway.edge.matching import Access, Route
from gateway.edge.routes import ROUTES
from kernel.ids import new_id
from kernel.web.asgi import Scope, Send
from kernel.web.upstream import Reply
from tests.gateway.edge.running import PROBLEMS, Gateway, Service
from tests.running import body_of
from tests.vault_double import answer

ROLES = {client.name: client for client in FIRST_CLIENTS}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OPEN = (Access.OPEN, Access.SITE)
OF_ONES_OWN = frozenset({"/v1/clients/{client_id}/secrets"})
"""Doors that anybody may knock at for themselves, and that refuse in words like the edge's."""


def path_of(route: Route, purpose: str = "") -> str:
    """An address of the route, which leads to nothing that there is."""
    path = "/".join(
        f"{new_id()}{part.partition('}')[2]}" if part.startswith("{") else part
        for part in route.path.split("/")
    )
    return f"{path}?purpose={purpose}" if purpose else path


def code_of(reply: Reply) -> str:
    """The type of a problem, or nothing."""
    kind = dict(reply.headers).get(b"content-type", b"")
    return str(body_of(reply)["type"]).removeprefix(PROBLEMS) if b"problem" in kind else ""


def answered_by_the_edge(reply: Reply) -> bool:
    """Whether the edge turned the request away, whoever is behind it."""
    return reply.status in (401, 403, 405) and code_of(reply) in (
        "unauthenticated", "scope-missing", "purpose-not-allowed", "method-not-allowed",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services that know of nothing: what they would answer is not what is looked at here."""

    async def respond(_self: Service, _scope: Scope, _body: bytes, send: Send) -> None:
        await answer(send, 404, {})

    monkeypatch.setattr(Service, "respond", respond)


@pytest.mark.parametrize("role", [*ROLES, None])
async def test_what_the_table_opens_to_a_role_is_all_that_it_gets(gateway: Gateway, role: str | None) -> None:
    scopes = set(ROLES[role].scopes) if role else set()
    closed, opened = 0, 0
    for route in ROUTES:
        if route.access in OPEN:
            continue
        purpose = ROLES[role].purposes[0] if role and route.purpose else ""
        reply = await gateway.ask(route.method, path_of(route, purpose), who=role)
        if role is None:
            refused = (303, "sign-in-needed") if route.access is Access.PAGE else (401, "unauthenticated")
            assert (reply.status, code_of(reply)) in (refused, (401, "")), (
                route
            )  # the SDKs' answers name no problem
            closed += 1
        elif route.scopes and scopes.isdisjoint(route.scopes):
            assert (reply.status, code_of(reply) or "scope-missing") == (403, "scope-missing"), route
            closed += 1
        else:
            assert route.path in OF_ONES_OWN or not answered_by_the_edge(reply), (route, reply.body)
            opened += 1
    assert closed > 20
    assert opened > 3 or role is None


@pytest.mark.parametrize("role", ROLES)
async def test_a_purpose_that_the_client_does_not_hold_opens_nothing(gateway: Gateway, role: str) -> None:
    for route in ROUTES:
        if route.purpose and not set(ROLES[role].scopes).isdisjoint(route.scopes):
            for purpose in {"service", "marketing", "legal", "sharing"} - set(ROLES[role].purposes):
                reply = await gateway.ask(route.method, path_of(route, purpose), who=role)
                assert (reply.status, code_of(reply)) == (403, "purpose-not-allowed"), (route, purpose)
            without = await gateway.ask(route.method, path_of(route), who=role)
            assert (without.status, code_of(without)) == (400, "purpose-missing"), route


async def test_no_address_knows_a_method_that_the_table_does_not_name(gateway: Gateway) -> None:
    known = {(route.method, route.path) for route in ROUTES}
    tried = 0
    for path, method in product({route.path for route in ROUTES}, METHODS):
        address = path_of(Route(method, path, ""))
        if (method, path) in known or gateway.app.table.find(method, address):
            continue  # the second: another template takes it
        reply = await gateway.ask(method, address, who="operator")
        assert (reply.status, code_of(reply)) == (405, "method-not-allowed"), (method, path)
        tried += 1
    assert tried > 300


def test_only_what_looks_after_itself_is_open() -> None:
    """What anybody may ask for: documents, health, keys, and doors that check a secret, a signature or a code."""
    assert {route.path.split("/")[1] for route in ROUTES if route.access in OPEN} <= {
        "", "livez", "readyz", "metrics", ".well-known", "openapi.json", "docs", "asyncapi.json", "asyncapi", "assets",
        "oauth", "webhooks", "consent", "privacy", "v1", "f", "openrosa", "console", "personas", "stop",
    }  # fmt: skip
    assert {route.path.split("/")[2] for route in ROUTES if route.access in OPEN and route.path.startswith("/v1")} <= {
        "hooks", "projects", "sessions",
    }  # fmt: skip
