"""Sites' SDKs at the edge: keys, origins, refusals that they understand."""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from kernel.ids import new_id
from kernel.web.internal import ADDRESS
from kernel.web.upstream import Reply, call
from tests.gateway.edge.running import Gateway, refused, running
from tests.running import body_of

SITE = "https://shop.example"


def basic(key: str) -> dict[str, str]:
    """A write key as HTTP Basic user name."""
    return {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}


async def made_key(gateway: Gateway, **body: Any) -> dict[str, Any]:
    """A new write key."""
    reply = await gateway.ask("POST", "/v1/write-keys", {"source": "shop", **body}, who="operator")
    assert reply.status == 201, reply.body
    return body_of(reply)


async def post(gateway: Gateway, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """A message as an SDK sends it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return await call(gateway.app, "POST", path, headers=head, body=content)


async def test_a_write_key_stands_for_its_source(gateway: Gateway) -> None:
    made = await made_key(gateway, name="web shop")
    assert (await post(gateway, "/v1/track", {"event": "Seen"}, basic(made["write_key"]))).status == 200
    caller = gateway.ingest.caller()
    assert (caller.client_id, caller.kind, caller.source) == (made["id"], "collector", "shop")
    assert caller.scopes == {"collect:write"}
    assert refused(
        await gateway.ask("GET", "/v1/records", headers=basic(made["write_key"])), 401, "unauthenticated"
    )


@pytest.mark.parametrize("path", ["/v1/i", "/v1/t", "/v1/p", "/v1/s", "/v1/g", "/v1/a", "/v1/b"])
async def test_browsers_call_the_doors_by_one_letter(gateway: Gateway, path: str) -> None:
    made = await made_key(gateway)
    assert (await post(gateway, path, {}, basic(made["write_key"]))).status == 200
    assert gateway.ingest.asked[-1]["path"] == path


async def test_a_key_in_the_body_is_as_good(gateway: Gateway) -> None:
    key = (await made_key(gateway))["write_key"]
    for body in ({"writeKey": key}, {"writeKey": key, "batch": []}, {"batch": [{"writeKey": key}]}):
        assert (await post(gateway, "/v1/batch", body)).status == 200
        assert json.loads(gateway.ingest.bodies[-1]) == body
    packed = gzip.compress(json.dumps({"writeKey": key}).encode())
    assert (await post(gateway, "/v1/batch", packed, {"Content-Encoding": "gzip"})).status == 200
    assert gateway.ingest.bodies[-1] == packed


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"writeKey": 7}', b'{"writeKey": "cdw_no"}', b'{"batch": []}']
)
async def test_without_a_good_key_it_is_401_such_as_sdks_read_it(gateway: Gateway, body: bytes) -> None:
    reply = await post(gateway, "/v1/track", body)
    assert refused(reply, 401, "unauthenticated")
    assert body_of(reply)["code"] == "unauthenticated"
    assert body_of(reply)["message"]
    assert dict(reply.headers)[b"access-control-allow-origin"] == b"*"


async def test_too_large_is_400_before_it_is_read(gateway: Gateway) -> None:
    key = (await made_key(gateway))["write_key"]
    for headers in (basic(key), {}):
        reply = await post(gateway, "/v1/batch", b" " * 600_000, headers)
        assert refused(reply, 400, "too-large")


async def test_a_quota_says_when_to_try_again(gateway: Gateway, tmp_path: Any) -> None:
    async with running(tmp_path / "other", rate_limit="2/minute") as small:
        key = small.credentials["collector"]["write_key"]
        replies = [await post(small, "/v1/track", {}, basic(key)) for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 429]
        assert int(dict(replies[-1].headers)[b"retry-after"]) > 0
        assert dict(replies[-1].headers)[b"access-control-expose-headers"] == b"retry-after"


async def test_a_key_of_a_site_is_refused_to_others(gateway: Gateway) -> None:
    made = await made_key(gateway, origins=[SITE])
    key = basic(made["write_key"])
    assert (await post(gateway, "/v1/t", {}, {**key, "Origin": SITE})).status == 200
    assert (await post(gateway, "/v1/t", {}, key)).status == 200, "a server has no origin"
    for other in ("https://evil.example", "null", SITE + ".evil.example"):
        assert refused(await post(gateway, "/v1/t", {}, {**key, "Origin": other}), 403, "origin-not-allowed")


async def test_a_browser_may_ask_before_it_sends(gateway: Gateway) -> None:
    for path in ("/v1/t", "/v1/batch", "/v1/projects/anything/settings"):
        reply = await gateway.ask("OPTIONS", path, headers={"Origin": SITE})
        headers = dict(reply.headers)
        assert reply.status == 204
        assert headers[b"access-control-allow-origin"] == b"*"
        assert b"authorization" in headers[b"access-control-allow-headers"]
    for path in ("/v1/clients", "/v1/records", "/nothing"):
        assert (await gateway.ask("OPTIONS", path, headers={"Origin": SITE})).status >= 400


async def test_where_a_browser_asks_from_is_told_and_cannot_be_forged(gateway: Gateway) -> None:
    key = basic((await made_key(gateway))["write_key"])
    forged = {ADDRESS.decode(): "203.0.113.1"}
    await post(gateway, "/v1/t", {}, {**key, **forged})
    assert ADDRESS not in dict(gateway.ingest.asked[-1]["headers"])
    await post(gateway, "/v1/t", {}, {**key, **forged, "Origin": SITE, "Sec-GPC": "1"})
    told = [value for name, value in gateway.ingest.asked[-1]["headers"] if name == ADDRESS]
    assert b"203.0.113.1" not in told
    assert dict(gateway.ingest.asked[-1]["headers"])[b"sec-gpc"] == b"1"


async def test_keys_are_listed_by_source_without_themselves(gateway: Gateway) -> None:
    first, second = await made_key(gateway), await made_key(gateway, source="app", origins=[SITE])
    reply = await gateway.ask("GET", "/v1/write-keys", who="operator")
    listed = {item["id"]: item for item in body_of(reply)["items"]}
    assert {first["id"], second["id"], gateway.credentials["collector"]["client_id"]} <= set(listed)
    assert listed[second["id"]]["origins"] == [SITE]
    assert b"cdw_" not in reply.body
    items = body_of(await gateway.ask("GET", "/v1/write-keys?source=app", who="operator"))["items"]
    assert [item["id"] for item in items] == [second["id"]]
    assert refused(await gateway.ask("GET", "/v1/write-keys", who="collector"), 403, "scope-missing")


async def test_a_revoked_key_is_refused_from_the_answer_on(gateway: Gateway) -> None:
    made = await made_key(gateway)
    key = basic(made["write_key"])
    assert (await post(gateway, "/v1/track", {}, key)).status == 200
    for _ in range(2):
        assert (await gateway.ask("DELETE", f"/v1/write-keys/{made['id']}", who="operator")).status == 204
    assert refused(await post(gateway, "/v1/track", {}, key), 401, "unauthenticated")
    settings = await gateway.ask("GET", f"/v1/projects/{made['write_key']}/settings")
    assert refused(settings, 404, "not-found")
    reply = await gateway.ask("DELETE", f"/v1/write-keys/{new_id()}", who="operator")
    assert refused(reply, 404, "not-found")
    reasons = [entry["reason"] for entry in await gateway.audit(action="key")]
    assert f"write key {made['id']} revoked" in reasons


async def test_the_key_that_a_client_came_with_is_revoked_alike_and_its_token_lives(gateway: Gateway) -> None:
    collector = gateway.credentials["collector"]
    assert (await post(gateway, "/v1/track", {}, basic(collector["write_key"]))).status == 200
    reply = await gateway.ask("DELETE", f"/v1/write-keys/{collector['client_id']}", who="operator")
    assert reply.status == 204
    assert (await post(gateway, "/v1/track", {}, basic(collector["write_key"]))).status == 401
    assert (await gateway.ask("POST", "/v1/track", {}, who="collector")).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"source": "Shop"},
        {"source": ""},
        {},
        {"source": "shop", "origins": ["shop.example"]},
        {"source": "shop", "origins": ["https://shop.example/path"]},
        {"source": "shop", "scopes": ["admin"]},
    ],
)
async def test_a_key_is_for_a_source_and_for_origins(gateway: Gateway, body: dict[str, Any]) -> None:
    reply = await gateway.ask("POST", "/v1/write-keys", body, who="operator")
    assert refused(reply, 422, "invalid-input")
