"""The clients of the first start (public contract), and what they may grant."""

import stat
from pathlib import Path

import pytest

from tests.gateway.edge.running import Gateway, refused, running
from tests.running import body_of

ALL_SCOPES = [
    "collect:write",
    "subjects:read",
    "subjects:write",
    "consents:read",
    "consents:write",
    "verify:write",
    "social:read",
    "social:write",
    "personas:read",
    "personas:write",
    "privacy:manage",
    "audit:read",
    "admin",
]


async def test_the_file_has_the_shape_and_the_mode_of_the_contract(gateway: Gateway) -> None:
    path = gateway.folder / "data" / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = gateway.credentials
    assert written["base_url"] == "http://127.0.0.1:8080"
    account = {"client_id", "client_secret", "username", "password"}
    assert set(written["operator"]) == set(written["privacy_officer"]) == account
    assert set(written["collector"]) == {"client_id", "client_secret", "write_key"}
    assert written["partner"] == {**written["partner"], "purposes": ["marketing"]}
    assert set(written["partner"]) == {"client_id", "client_secret", "purposes"}


@pytest.mark.parametrize(
    ("who", "scopes", "purposes"),
    [
        (
            "operator",
            set(ALL_SCOPES) - {"privacy:manage"},
            {"service", "verification", "analytics", "profiling", "research", "marketing"},
        ),
        (
            "privacy_officer",
            {"privacy:manage", "audit:read", "consents:read", "consents:write", "subjects:read"},
            {"legal", "service"},
        ),
        ("collector", {"collect:write", "consents:write", "verify:write"}, {"verification"}),
        ("partner", {"subjects:read", "consents:read", "personas:read"}, {"marketing"}),
    ],
)
async def test_they_hold_what_the_contract_says(
    gateway: Gateway, who: str, scopes: set[str], purposes: set[str]
) -> None:
    answer = body_of(await gateway.get_token(gateway.credentials[who]))
    assert set(answer["scope"].split()) == scopes
    session = await gateway.parts.sessions.by_token(answer["access_token"].encode())
    assert session.caller.purposes == purposes


async def test_secrets_are_nowhere_in_the_data(gateway: Gateway) -> None:
    secrets = [
        value.encode()
        for client in gateway.credentials.values()
        if isinstance(client, dict)
        for name, value in client.items()
        if name in ("client_secret", "write_key", "password")
    ]
    await gateway.token("operator")
    assert len(secrets) == 7
    for path in (gateway.folder / "data").iterdir():
        if path.is_file() and path.name != "credentials.json":
            content = path.read_bytes()
            assert not [secret for secret in secrets if secret in content], path


async def test_nobody_grants_what_it_lacks(gateway: Gateway) -> None:
    body = {"name": "x", "type": "internal", "scopes": ["admin"], "purposes": ["service"]}
    more_scope = {**body, "scopes": ["privacy:manage"]}
    assert refused(await gateway.ask("POST", "/v1/clients", more_scope, who="operator"), 403, "scope-missing")
    more_purpose = {**body, "purposes": ["legal"]}
    reply = await gateway.ask("POST", "/v1/clients", more_purpose, who="operator")
    assert refused(reply, 403, "purpose-not-allowed")
    made = {**body, "scopes": ["privacy:manage"], "purposes": ["legal"]}
    assert (await gateway.ask("POST", "/v1/clients", made, who="privacy_officer")).status == 201
    assert refused(await gateway.ask("POST", "/v1/clients", body, who="partner"), 403, "scope-missing")
    decisions = [entry["decision"] for entry in await gateway.audit(action="client")]
    assert decisions == ["allow", "deny", "deny"]


async def test_unknown_scopes_and_purposes_are_pointed_at(gateway: Gateway) -> None:
    body = {"name": "x", "type": "partner", "scopes": ["fly"], "purposes": ["fun"]}
    reply = await gateway.ask("POST", "/v1/clients", body, who="operator")
    assert refused(reply, 422, "invalid-input")
    assert {error["pointer"] for error in body_of(reply)["errors"]} == {"/scopes", "/purposes"}


async def test_a_listed_client_shows_no_secret(gateway: Gateway) -> None:
    made = await gateway.register("shop", scopes=["collect:write"], type="collector")
    assert set(made) == {"client_id", "client_secret", "write_key"}
    reply = await gateway.ask("GET", "/v1/clients?limit=1000", who="operator")
    assert len(body_of(reply)["items"]) == 5
    for secret in (made["client_secret"], made["write_key"]):
        assert secret.encode() not in reply.body


async def test_a_later_start_at_another_address_puts_it_into_the_file_and_leaves_the_rest(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as first:
        before = first.credentials
    async with running(tmp_path, port=8181) as second:
        assert second.credentials == {**before, "base_url": "http://127.0.0.1:8181"}
        await second.token("operator")
    path = tmp_path / "data" / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    async with running(tmp_path):
        assert not path.exists()
