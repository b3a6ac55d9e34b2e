"""Access tokens: who holds a good one is let in, and every known way to make a bad one look good fails."""

import asyncio
import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.clients import repository
from gateway.clients.sessions import ACCESS_TOKEN
from gateway.clients.tables import revocation
from kernel.web.upstream import Reply
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

DOOR = "/v1/clients"


def encoded(part: Any) -> str:
    """One part of a compact token."""
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(content).decode().rstrip("=")


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims."""
    head, body = (urlsafe_b64decode(part + "==") for part in token.split(".")[:2])
    return json.loads(head), json.loads(body)


async def knock(gateway: Gateway, token: str) -> Reply:
    """Ask for something that an operator's token opens."""
    return await gateway.ask("GET", DOOR, headers={"Authorization": f"Bearer {token}"})


async def test_a_good_token_opens_and_says_what_it_is(gateway: Gateway) -> None:
    token = await gateway.token("operator")
    assert (await knock(gateway, token)).status == 200
    head, claims = parts_of(token)
    jwks = body_of(await gateway.ask("GET", "/.well-known/jwks.json"))
    assert head == {"alg": "EdDSA", "kid": jwks["keys"][0]["kid"], "typ": ACCESS_TOKEN}
    assert all("d" not in key for key in jwks["keys"])
    assert claims["exp"] - claims["iat"] == gateway.parts.settings.token_ttl_s


async def test_attacks_on_the_signature_fail(gateway: Gateway) -> None:
    good = await gateway.token("operator")
    head, claims = parts_of(good)
    body = encoded(claims)
    public = next(iter(gateway.parts.signing.jwks()["keys"]))
    stranger = Ed25519PrivateKey.generate()

    def by_stranger(header: dict[str, Any]) -> str:
        signed = f"{encoded(header)}.{body}"
        return f"{signed}.{encoded(stranger.sign(signed.encode()))}"

    def by_public_key(algorithm: str) -> str:
        signed = f"{encoded({**head, 'alg': algorithm})}.{body}"
        key = urlsafe_b64decode(public["x"] + "==")
        return f"{signed}.{encoded(hmac.digest(key, signed.encode(), hashlib.sha256))}"

    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encoded(stranger.public_key().public_bytes_raw())}
    attacks = {
        "none": f"{encoded({**head, 'alg': 'none'})}.{body}.",
        "None": f"{encoded({**head, 'alg': 'None'})}.{body}.",
        "no signature": f"{encoded(head)}.{body}.",
        "public key as HMAC secret": by_public_key("HS256"),
        "another key": by_stranger(head),
        "another key, no kid": by_stranger({"alg": "EdDSA", "typ": ACCESS_TOKEN}),
        "kid of a file": by_stranger({**head, "kid": "../../dev/null"}),
        "kid of SQL": by_stranger({**head, "kid": "' OR 1=1 --"}),
        "kid of another shape": by_stranger({**head, "kid": {"a": 1}}),
        "key in the header": by_stranger({**head, "jwk": jwk}),
        "key at an address": by_stranger({**head, "jku": "https://evil.example/jwks.json"}),
        "certificate in the header": by_stranger({**head, "x5c": ["MIIB"]}),
        "critical unknown": by_stranger({**head, "crit": ["exp"]}),
        "another algorithm": by_stranger({**head, "alg": "ES256"}),
        "claims swapped": f"{encoded(head)}.{encoded({**claims, 'scope': 'privacy:manage'})}.{good.split('.')[2]}",
        "two parts": f"{encoded(head)}.{body}",
        "no token": "",
        "no JSON": "a.b.c",
        "not base64": "§.§.§",
    }
    for name, token in attacks.items():
        assert refused(await knock(gateway, token), 401, "unauthenticated"), name
    assert (await knock(gateway, good)).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another-audience"},
        {"aud": ["chandung", "another"]},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": "soon"},
        {"purposes": None},
    ],
    ids=str,
)
async def test_our_own_signature_over_claims_that_do_not_hold_opens_nothing(
    gateway: Gateway, change: dict[str, Any]
) -> None:
    _, claims = parts_of(await gateway.token("operator"))
    token = gateway.parts.signing.sign(ACCESS_TOKEN, {**claims, "jti": "another", **change})
    assert refused(await knock(gateway, token), 401, "unauthenticated")


async def test_another_kind_of_token_of_ours_is_no_access_token(gateway: Gateway) -> None:
    _, claims = parts_of(await gateway.token("operator"))
    for kind in ("JWT", "consent-receipt+jwt", ""):
        token = gateway.parts.signing.sign(kind, claims)
        assert refused(await knock(gateway, token), 401, "unauthenticated")


async def test_a_token_that_has_expired_is_refused_although_it_was_seen_before(gateway: Gateway) -> None:
    _, claims = parts_of(await gateway.token("operator"))
    token = gateway.parts.signing.sign(ACCESS_TOKEN, {**claims, "jti": "short", "exp": time.time() + 0.3})
    assert (await knock(gateway, token)).status == 200
    await asyncio.sleep(0.35)
    assert refused(await knock(gateway, token), 401, "unauthenticated")


async def test_a_revoked_token_is_refused_from_the_answer_on(gateway: Gateway) -> None:
    token, other = await gateway.token("operator"), await gateway.token("privacy_officer")
    assert (await knock(gateway, token)).status == 200
    assert (await gateway.post_form("/oauth/revoke", {"token": token})).status == 200
    assert refused(await knock(gateway, token), 401, "unauthenticated")
    assert (await gateway.ask("GET", "/v1/audit", headers={"Authorization": f"Bearer {other}"})).status == 200
    revoked = (await gateway.audit(action="key"))[0]
    assert revoked["reason"] == "token-revoked"


async def test_a_revocation_is_kept_for_as_long_as_its_token_would_have_lived(gateway: Gateway) -> None:
    expired = datetime.now(UTC) - timedelta(seconds=1)
    async with gateway.parts.database.transaction() as tx:
        await repository.insert_revocation(tx, "of the past", expired)
    token = await gateway.token("operator")
    await gateway.post_form("/oauth/revoke", {"token": token})
    async with gateway.parts.database.snapshot() as connection:
        kept = (await connection.execute(sa.select(revocation.c.token_id))).scalars().all()
    assert kept == [parts_of(token)[1]["jti"]]


async def test_a_client_revokes_only_tokens_of_its_own(gateway: Gateway) -> None:
    token, partner = await gateway.token("operator"), gateway.credentials["partner"]
    form = {"token": token, **{name: partner[name] for name in ("client_id", "client_secret")}}
    assert (await gateway.post_form("/oauth/revoke", form)).status == 200
    assert (await knock(gateway, token)).status == 200


async def test_nothing_but_a_bearer_token_is_taken_where_one_is_needed(gateway: Gateway) -> None:
    token = await gateway.token("operator")
    for value in (token, f"Basic {token}", f"Token {token}", "Bearer", ""):
        reply = await gateway.ask("GET", DOOR, headers={"Authorization": value})
        assert refused(reply, 401, "unauthenticated"), value
        assert b"www-authenticate" in dict(reply.headers)


async def test_a_wrong_secret_and_an_unknown_client_look_the_same(gateway: Gateway) -> None:
    known = gateway.credentials["operator"]
    wrong = await gateway.get_token({**known, "client_secret": "cds_wrong"})
    unknown = await gateway.get_token(
        {"client_id": "019a0000-0000-7000-8000-000000000000", "client_secret": "x"}
    )
    assert refused(wrong, 401, "unauthenticated")
    assert wrong.body == unknown.body
    assert body_of(wrong)["error"] == "invalid_client"
    denied = await gateway.audit(action="login")
    assert [entry["decision"] for entry in denied[1:3]] == ["deny", "deny"]


async def test_what_was_typed_as_a_client_id_is_not_kept(gateway: Gateway) -> None:
    await gateway.get_token({"client_id": "Nguyễn Thị Ánh", "client_secret": "x"})
    assert {"unknown"} == {
        e["client_id"] for e in await gateway.audit(action="login") if e["decision"] == "deny"
    }


async def test_a_token_may_hold_fewer_scopes_than_its_client_and_never_more(gateway: Gateway) -> None:
    operator = gateway.credentials["operator"]
    narrow = await gateway.get_token(operator, scope="social:read")
    assert body_of(narrow)["scope"] == "social:read"
    assert refused(await knock(gateway, body_of(narrow)["access_token"]), 403, "scope-missing")
    too_much = await gateway.get_token(operator, scope="admin privacy:manage")
    assert refused(too_much, 400, "invalid-grant")
    assert body_of(too_much)["error"] == "invalid_scope"


async def test_other_grant_types_are_not_offered(gateway: Gateway) -> None:
    reply = await gateway.get_token(gateway.credentials["operator"], grant_type="password")
    assert refused(reply, 400, "invalid-grant")
    assert body_of(reply)["error"] == "unsupported_grant_type"


async def test_tokens_live_as_long_as_the_setting_says(tmp_path: Any) -> None:
    from tests.gateway.edge.running import running

    async with running(tmp_path, token_ttl_s=60) as gateway:
        answer = body_of(await gateway.get_token(gateway.credentials["partner"]))
    assert answer["expires_in"] == 60
    assert answer["token_type"] == "Bearer"


async def test_after_a_restart_a_token_still_holds_and_a_revoked_one_still_does_not(tmp_path: Any) -> None:
    from tests.gateway.edge.running import running

    async with running(tmp_path) as before:
        token, revoked = await before.token("operator"), await before.token("partner")
        await before.post_form("/oauth/revoke", {"token": revoked})
        written = before.credentials
    async with running(tmp_path) as after:
        assert after.credentials == written
        assert (await knock(after, token)).status == 200
        reply = await after.ask("GET", "/v1/notices", headers={"Authorization": f"Bearer {revoked}"})
        assert refused(reply, 401, "unauthenticated")
