"""Documents and pages of the running gateway."""

import hashlib
import re
from urllib.parse import urlsplit

import pytest

from gateway.edge.matching import Access
from gateway.edge.routes import ROUTES
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

PROBLEM = {"components": {"schemas": {"Problem": {"type": "object"}}}}


def social_document() -> dict[str, object]:
    """What a social service says of itself."""
    return {
        **PROBLEM,
        "paths": {"/v1/topics": {"get": {"operationId": "list_topics", "responses": {"200": {}}}}},
        "x-subscriptions": [
            {"consumer": "social.texts", "topic": "records.accepted", "purpose": "analytics"}
        ],
    }


async def test_the_gateways_own_rooms_document_every_door_of_theirs(gateway: Gateway) -> None:
    paths = body_of(await gateway.ask("GET", "/openapi.json"))["paths"]
    own = {
        (r.method.lower(), r.path) for r in ROUTES if r.upstream == "gateway" and r.access is not Access.OPEN
    }
    listed = {(method, path) for path, operations in paths.items() for method in operations}
    assert own <= listed
    assert ("post", "/oauth/token") in listed
    for method, path in own:
        operation = paths[path][method]
        assert operation["summary"]
        assert operation["description"]
        assert "default" in operation["responses"]


async def test_a_door_that_takes_a_purpose_says_so(gateway: Gateway) -> None:
    paths = body_of(await gateway.ask("GET", "/openapi.json"))["paths"]
    for route in ROUTES:
        if route.upstream == "gateway" and route.purpose:
            parameters = paths[route.path][route.method.lower()]["parameters"]
            assert [p["required"] for p in parameters if p["name"] == "purpose"] == [True], route.path


async def test_a_document_is_made_once_every_part_has_answered_and_then_kept(gateway: Gateway) -> None:
    gateway.social.document = social_document()
    persona = gateway.parts.upstreams["persona"]
    del gateway.parts.upstreams["persona"]  # type: ignore[attr-defined]  # as if it were not connected
    assert refused(await gateway.ask("GET", "/openapi.json"), 503, "unavailable")
    gateway.parts.upstreams["persona"] = persona  # type: ignore[index]  # it is a dict
    first = await gateway.ask("GET", "/openapi.json")
    assert "/v1/topics" in body_of(first)["paths"]
    del gateway.parts.upstreams["persona"]  # type: ignore[attr-defined]  # gone again
    assert (await gateway.ask("GET", "/openapi.json")).body == first.body


async def test_events_are_listed_with_everyone_who_reads_them(gateway: Gateway) -> None:
    gateway.social.document = social_document()
    document = body_of(await gateway.ask("GET", "/asyncapi.json"))
    assert document["asyncapi"].startswith("3.")
    operations = document["operations"]
    assert "receive.social.texts.records.accepted" in operations
    assert "receive.gateway.ledger.records.accepted" in operations
    assert {operation["channel"]["$ref"] for operation in operations.values()} <= {
        f"#/channels/{name}" for name in document["channels"]
    }


@pytest.mark.parametrize("path", ["/docs", "/docs/try", "/asyncapi"])
async def test_pages_load_only_what_is_here_and_run_no_inline_script(gateway: Gateway, path: str) -> None:
    reply = await gateway.ask("GET", path)
    text = reply.body.decode()
    policy = dict(reply.headers)[b"content-security-policy"].decode()
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "http" not in policy
    assert not re.search(r"<script(?![^>]* src=)", text)
    assert not re.search(r"\son\w+=", text)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    for address in addresses:
        assert not urlsplit(address).netloc
        loaded = await gateway.ask("GET", address)
        assert loaded.status == 200, address
        if address.startswith("/assets/"):
            kept = dict(loaded.headers)[b"cache-control"]
            assert b"immutable" in kept
            assert urlsplit(address).query == "v=" + hashlib.sha256(loaded.body).hexdigest()[:12]


async def test_an_asset_under_another_hash_is_not_kept(gateway: Gateway) -> None:
    for query in ("", "?v=000000000000"):
        reply = await gateway.ask("GET", f"/assets/try.js{query}")
        assert dict(reply.headers)[b"cache-control"] == b"no-cache"


@pytest.mark.parametrize("file", ["redoc.js", "..%2Fapi.py", "__init__.py", "docs.html", "manifest.json"])
async def test_no_other_file_is_served(gateway: Gateway, file: str) -> None:
    assert refused(await gateway.ask("GET", f"/assets/{file}"), 404, "not-found")


async def test_the_landing_page_is_the_documentation(gateway: Gateway) -> None:
    reply = await gateway.ask("GET", "/")
    assert (reply.status, dict(reply.headers)[b"location"]) == (307, b"/docs")
