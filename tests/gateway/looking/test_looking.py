"""Who may open the pages of portraits, and how signing in goes."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.looking.domain import COOKIE, is_at_the_machine, safe_next
from kernel.web.upstream import Reply, call
from tests.gateway.edge.running import Gateway

HERE = "http://127.0.0.1:8080"


def scope(peer: str | None, host: str, **headers: str) -> dict[str, Any]:
    """A request's scope."""
    more = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"client": (peer, 5000) if peer else None, "headers": [(b"host", host.encode()), *more]}


@pytest.mark.parametrize(
    ("seen", "address", "inside"),
    [
        (scope("127.0.0.1", "127.0.0.1:8080"), HERE, True),
        (scope("::1", "localhost:8080"), HERE, True),
        (scope("10.0.0.9", "127.0.0.1:8080"), HERE, False),
        (scope("127.0.0.1", "portraits.example.com"), HERE, False),  # a name that was made to point here
        (scope("127.0.0.1", "127.0.0.1:8080", x_forwarded_for="10.0.0.9"), HERE, False),
        (scope("127.0.0.1", "127.0.0.1:8080", via="1.1 proxy"), HERE, False),
        (scope("127.0.0.1", "127.0.0.1:8080"), "https://portraits.example.com", False),
        (scope(None, "127.0.0.1:8080"), HERE, False),
    ],
)
def test_only_who_sits_at_the_machine_looks_without_signing_in(
    seen: dict[str, Any], address: str, inside: bool
) -> None:
    assert is_at_the_machine(seen, address) is inside


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"/personas{text}"))
def test_signing_in_leads_to_pages_of_ours_only(path: str) -> None:
    where = safe_next(path)
    assert where == "/personas" or where.startswith(("/personas/", "/personas?"))
    assert "\n" not in where
    assert "\\" not in where


async def knock(gateway: Gateway, path: str = "/personas", **headers: str) -> Reply:
    """Open a page as a browser would."""
    told = tuple((name.encode(), value.encode()) for name, value in headers.items())
    return await call(gateway.app, "GET", path, headers=told, body=b"")


async def sign_in(gateway: Gateway, site: str = "same-origin", **form: str) -> Reply:
    """Send the form."""
    headers = ((b"content-type", b"application/x-www-form-urlencoded"), (b"sec-fetch-site", site.encode()))
    return await call(
        gateway.app, "POST", "/personas/sign-in", headers=headers, body=urlencode(form).encode()
    )


async def test_who_comes_from_elsewhere_signs_in_and_is_let_in_until_signing_out(gateway: Gateway) -> None:
    turned = await knock(gateway)
    assert turned.status == 303
    assert dict(turned.headers)[b"location"] == b"/personas/sign-in?next=/personas"
    operator = gateway.credentials["operator"]
    form = {
        "client_id": operator["client_id"],
        "client_secret": operator["client_secret"],
        "next": "/personas",
    }
    reply = await sign_in(gateway, **form)
    assert reply.status == 303
    cookie = dict(reply.headers)[b"set-cookie"].decode()
    assert cookie.startswith(f"{COOKIE}=")
    assert all(mark in cookie.lower() for mark in ("httponly", "samesite=strict", "path=/personas"))
    held = cookie.partition(";")[0]
    assert (await knock(gateway, cookie=held)).status == 200
    caller = gateway.persona.caller()
    assert caller.scopes == {"personas:read"}  # the cookie opens portraits and nothing else
    assert b"cookie" not in dict(gateway.persona.asked[-1]["headers"])
    out = await call(
        gateway.app, "POST", "/personas/sign-out", headers=((b"cookie", held.encode()),), body=b""
    )
    assert out.status == 303
    assert (await knock(gateway, cookie=held)).status == 303


async def test_wrong_secrets_clients_without_the_scope_and_forms_of_others_are_refused(
    gateway: Gateway,
) -> None:
    operator, collector = gateway.credentials["operator"], gateway.credentials["collector"]
    wrong = {"client_id": operator["client_id"], "client_secret": "no"}
    lesser = {name: collector[name] for name in ("client_id", "client_secret")}
    assert [(await sign_in(gateway, **form)).status for form in (wrong, lesser, {})] == [401, 401, 401]
    right = {name: operator[name] for name in ("client_id", "client_secret")}
    assert (await sign_in(gateway, "cross-site", **right)).status == 403
    assert (await knock(gateway, cookie=f"{COOKIE}=nonsense")).status == 303
    assert (await knock(gateway, "/personas/sign-in", cookie="x")).status == 200


async def test_a_token_opens_the_pages_too(gateway: Gateway) -> None:
    token = await gateway.token("operator")
    assert (await knock(gateway, authorization=f"Bearer {token}")).status == 200
    assert gateway.persona.caller().kind == "operator"
    lesser = await gateway.token("collector")
    assert (await knock(gateway, authorization=f"Bearer {lesser}")).status == 403
