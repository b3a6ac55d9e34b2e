"""A client's record holds: its dates, addresses, quota, scopes and secrets, from the moment they change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.web.upstream import call
from tests.gateway.edge.running import Gateway, refused, running
from tests.running import body_of, until

NOTICES = "/v1/notices"


async def change(gateway: Gateway, client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    reply = await gateway.ask("PATCH", f"/v1/clients/{client['client_id']}", changes, who="operator")
    assert reply.status == 200, reply.body
    return body_of(reply)


async def test_what_is_taken_away_is_refused_at_once_to_tokens_issued_before(gateway: Gateway) -> None:
    shop = await gateway.register("shop", scopes=["consents:read", "subjects:read"])
    path = f"/v1/subjects/{shop['client_id']}/consents"
    assert (await gateway.ask("GET", path, who="shop")).status != 403
    await change(gateway, shop, scopes=["subjects:read"])
    assert refused(await gateway.ask("GET", path, who="shop"), 403, "scope-missing")


async def test_nobody_gives_a_client_later_what_it_lacks_itself(gateway: Gateway) -> None:
    shop = await gateway.register("shop")
    path = f"/v1/clients/{shop['client_id']}"
    more = {"scopes": ["subjects:read", "privacy:manage"]}
    assert refused(await gateway.ask("PATCH", path, more, who="operator"), 403, "scope-missing")
    more = {"purposes": ["marketing", "sharing"]}
    assert refused(await gateway.ask("PATCH", path, more, who="operator"), 403, "purpose-not-allowed")
    assert [entry["decision"] for entry in await gateway.audit(action="client")][:2] == ["deny", "deny"]


async def test_a_contract_has_a_beginning_and_an_end(gateway: Gateway) -> None:
    now = datetime.now(UTC)
    shop = await gateway.register("shop")
    assert (await gateway.ask("GET", NOTICES, who="shop")).status == 200
    await change(gateway, shop, valid_until=(now - timedelta(minutes=1)).isoformat())
    assert refused(await gateway.ask("GET", NOTICES, who="shop"), 403, "contract-not-in-force")
    assert refused(await gateway.get_token(shop), 403, "contract-not-in-force")
    await change(gateway, shop, valid_until=None, valid_from=(now + timedelta(days=1)).isoformat())
    assert refused(await gateway.ask("GET", NOTICES, who="shop"), 403, "contract-not-in-force")
    await change(gateway, shop, valid_from=None)
    assert (await gateway.ask("GET", NOTICES, who="shop")).status == 200


async def test_a_token_does_not_outlive_the_contract(gateway: Gateway) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=100)
    made = await gateway.register("shop", valid_until=ends.isoformat())
    assert body_of(await gateway.get_token(made))["expires_in"] <= 100


async def ask_from(gateway: Gateway, address: str, who: str) -> int:
    async def placed(scope: Any, receive: Any, send: Any) -> None:
        scope["client"] = (address, 1)
        await gateway.app(scope, receive, send)

    headers = [(b"authorization", f"Bearer {await gateway.token(who)}".encode())]
    return (await call(placed, "GET", NOTICES, headers=headers)).status


async def test_it_asks_from_the_addresses_in_its_record_only(gateway: Gateway) -> None:
    shop = await gateway.register("shop")
    await change(gateway, shop, addresses=["203.0.113.0/24", "2001:db8::/32"])
    assert await ask_from(gateway, "203.0.113.9", "shop") == 200
    assert await ask_from(gateway, "::ffff:203.0.113.9", "shop") == 200
    assert await ask_from(gateway, "2001:db8::1", "shop") == 200
    assert await ask_from(gateway, "198.51.100.1", "shop") == 403
    assert refused(await gateway.get_token(shop), 403, "address-not-allowed")


async def test_its_own_quota_counts(gateway: Gateway) -> None:
    shop = await gateway.register("shop", rate="2/hour")
    replies = [await gateway.ask("GET", NOTICES, who="shop") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert dict(replies[0].headers)[b"ratelimit-limit"] == b"2"
    assert int(dict(replies[2].headers)[b"retry-after"]) > 0
    await change(gateway, shop, rate=None)
    assert (await gateway.ask("GET", NOTICES, who="shop")).status == 200


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"addresses": ["here"]}, "/addresses/0"),
        ({"rate": "many"}, "/rate"),
        ({"rate": "0/hour"}, "/rate"),
        ({"valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}, "/valid_until"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(
    gateway: Gateway, changes: dict[str, Any], pointer: str
) -> None:
    shop = await gateway.register("shop")
    reply = await gateway.ask("PATCH", f"/v1/clients/{shop['client_id']}", changes, who="operator")
    assert refused(reply, 422, "invalid-input")
    assert body_of(reply)["errors"][0]["pointer"] == pointer


async def rotate(gateway: Gateway, client: dict[str, Any], who: str, hours: int = 24) -> Any:
    path = f"/v1/clients/{client['client_id']}/secrets"
    return await gateway.ask("POST", path, {"overlap_hours": hours}, who=who)


async def test_two_secrets_are_good_at_once_and_never_three(gateway: Gateway) -> None:
    first = await gateway.register("shop")
    second = body_of(await rotate(gateway, first, "shop"))
    assert [(await gateway.get_token(one)).status for one in (first, second)] == [200, 200]
    third = body_of(await rotate(gateway, first, "shop"))
    statuses = [(await gateway.get_token(one)).status for one in (first, second, third)]
    assert statuses == [401, 200, 200]


async def test_without_overlap_the_secret_before_ends_at_once(gateway: Gateway) -> None:
    first = await gateway.register("shop")
    second = body_of(await rotate(gateway, first, "operator", hours=0))
    assert [(await gateway.get_token(one)).status for one in (first, second)] == [401, 200]


async def test_who_lacks_what_a_client_holds_cannot_take_it_over(gateway: Gateway) -> None:
    await gateway.register("shop")
    officer = gateway.credentials["privacy_officer"]
    assert refused(await rotate(gateway, officer, "operator"), 403, "scope-missing")
    assert refused(await rotate(gateway, officer, "shop"), 403, "scope-missing")
    assert (await gateway.get_token(officer)).status == 200


async def test_a_closed_client_is_refused_at_once_in_every_way(gateway: Gateway) -> None:
    made = await gateway.register("pos", type="collector", scopes=["collect:write"], purposes=[])
    closed = await gateway.ask("POST", f"/v1/clients/{made['client_id']}/close", who="operator")
    assert closed.status == 200 and body_of(closed)["closed_at"]
    assert refused(await gateway.ask("GET", NOTICES, who="pos"), 401, "unauthenticated")
    assert (await gateway.get_token(made)).status == 401
    again = await gateway.ask("POST", f"/v1/clients/{made['client_id']}/close", who="operator")
    assert body_of(again)["closed_at"] == body_of(closed)["closed_at"]


async def test_another_replica_knows_within_its_next_look(gateway: Gateway) -> None:
    """Two processes over one database, as with a server; what one changes the other learns by itself."""
    shop = await gateway.register("shop")
    token = await gateway.token("shop")
    async with running(gateway.folder) as other:

        async def ask() -> int:
            headers = [(b"authorization", f"Bearer {token}".encode())]
            return (await call(other.app, "GET", NOTICES, headers=headers)).status

        assert await ask() == 200
        await gateway.ask("POST", f"/v1/clients/{shop['client_id']}/close", who="operator")

        async def closed() -> bool:
            return await ask() == 401

        assert await until(closed)


async def test_a_new_key_signs_and_the_one_before_checks_until_it_is_withdrawn(gateway: Gateway) -> None:
    await gateway.register("shop")
    before = await gateway.token("shop")
    added = body_of(await gateway.ask("POST", "/v1/signing-keys", who="operator"))
    keys = body_of(await gateway.ask("GET", "/v1/signing-keys", who="operator"))["items"]
    assert [key["signs"] for key in keys] == [False, True] and keys[-1]["kid"] == added["kid"]
    jwks = body_of(await gateway.ask("GET", "/.well-known/jwks.json"))["keys"]
    assert {key["kid"] for key in jwks} == {key["kid"] for key in keys}
    assert (await gateway.ask("GET", NOTICES, who="shop")).status == 200
    operator = body_of(await gateway.get_token(gateway.credentials["operator"]))["access_token"]
    gateway._tokens["operator"] = operator
    assert (await gateway.ask("DELETE", f"/v1/signing-keys/{keys[-1]['kid']}", who="operator")).status == 409
    assert (await gateway.ask("DELETE", f"/v1/signing-keys/{keys[0]['kid']}", who="operator")).status == 204
    assert refused(await gateway.ask("GET", NOTICES, who="shop"), 401, "unauthenticated")
    assert before != operator


async def test_pages_of_a_clients_origins_may_call_and_no_others(gateway: Gateway) -> None:
    await gateway.register("web", origins=["https://shop.example"])
    asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
    preflight = await gateway.ask("OPTIONS", NOTICES, headers=asked)
    assert preflight.status == 204
    assert dict(preflight.headers)[b"access-control-allow-origin"] == b"https://shop.example"
    other = await gateway.ask("OPTIONS", NOTICES, headers={**asked, "origin": "https://evil.example"})
    assert other.status == 405
    ours = await gateway.ask("GET", NOTICES, who="web", headers={"origin": "https://shop.example"})
    assert dict(ours.headers)[b"access-control-allow-origin"] == b"https://shop.example"
    for who, origin in (("web", "https://evil.example"), ("operator", "https://shop.example")):
        reply = await gateway.ask("GET", NOTICES, who=who, headers={"origin": origin})
        assert b"access-control-allow-origin" not in dict(reply.headers)
