"""The edge: who may pass, what a service is told of them, and what it never is."""

from base64 import b64encode

import pytest
import sqlalchemy as sa

from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.web.asgi import Receive, Scope, Send
from kernel.web.problems import problem_response
from kernel.web.upstream import call
from tests.gateway.edge.running import Gateway, refused, running
from tests.running import body_of

RECORDS = "/v1/records/batch"


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """What a service got, each header once."""
    assert len(scope["headers"]) == len({name for name, _ in scope["headers"]})
    return dict(scope["headers"])


async def test_a_hold_is_on_record_before_it_is_imposed_or_released(gateway: Gateway) -> None:
    person = gateway.ingest.add(phone="+84912345678")
    path = f"/v1/subjects/{person}/holds"
    for door in (path, f"{path}/{new_id()}/release"):
        assert (await gateway.ask("POST", door, {}, who="privacy_officer")).status == 200
    told = await gateway.audit(action="privacy", subject_id=person)
    assert sorted(entry["reason"] for entry in told) == ["a legal hold imposed", "a legal hold released"]
    assert {entry["client_id"] for entry in told} == {gateway.credentials["privacy_officer"]["client_id"]}
    asked = len(gateway.ingest.asked)
    assert (await gateway.ask("POST", path, {}, who="operator")).status == 403
    async with gateway.parts.database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE audit_entry RENAME TO elsewhere"))
    reply = await gateway.ask("POST", path, {}, who="privacy_officer")
    assert refused(reply, 503, "audit-unavailable")
    assert len(gateway.ingest.asked) == asked


@pytest.mark.parametrize(
    ("method", "path", "opened_by", "shut_to"),
    [
        ("POST", "/v1/records/batch", "collector", "partner"),
        ("POST", "/v1/phones/check", "collector", "privacy_officer"),
        ("GET", "/v1/mentions", "operator", "partner"),
        ("GET", "/v1/personas", "partner", "collector"),
        ("POST", "/v1/studies", "operator", "partner"),
        ("GET", "/v1/verify/collectors", "privacy_officer", "collector"),
        ("POST", "/v1/notices", "operator", "privacy_officer"),
        ("GET", "/v1/audit", "privacy_officer", "partner"),
    ],
)
async def test_a_scope_opens_its_door_and_no_other(
    gateway: Gateway, method: str, path: str, opened_by: str, shut_to: str
) -> None:
    body = {} if method == "POST" else None
    assert (await gateway.ask(method, path, body, who=opened_by)).status not in (401, 403, 404)
    assert refused(await gateway.ask(method, path, body, who=shut_to), 403, "scope-missing")
    assert refused(await gateway.ask(method, path, body), 401, "unauthenticated")


async def test_a_purpose_must_be_named_exist_and_be_the_clients_own(gateway: Gateway) -> None:
    door = f"/v1/subjects/{new_id()}/persona"
    for query in ("", "?purpose=", "?purpose=marketing&purpose=service"):
        assert refused(await gateway.ask("GET", door + query, who="partner"), 400, "purpose-missing"), query
    for purpose in ("fun", "service", "MARKETING"):
        reply = await gateway.ask("GET", f"{door}?purpose={purpose}", who="partner")
        assert refused(reply, 403, "purpose-not-allowed")
    assert not gateway.persona.asked
    assert (await gateway.ask("GET", f"{door}?purpose=marketing", who="partner")).status == 200


async def test_a_service_learns_who_asks_from_the_gateway_alone(gateway: Gateway) -> None:
    lies = {
        "X-Chandung-Caller": "forged",
        "X-Chandung-Anything": "forged",
        "Cookie": "session=1",
        "X-Request-Id": "kept",
    }
    reply = await gateway.ask("POST", RECORDS, {"records": []}, who="collector", headers=lies)
    assert reply.status == 200
    got = headers_of(gateway.ingest.asked[-1])
    assert b"authorization" not in got
    assert b"cookie" not in got
    assert b"x-chandung-anything" not in got
    assert got[b"x-request-id"] == b"kept"
    assert got[b"traceparent"].startswith(b"00-")
    caller = gateway.ingest.caller()
    assert caller.client_id == gateway.credentials["collector"]["client_id"]
    assert caller.kind == "collector"
    assert caller.scopes == {"collect:write", "consents:write", "verify:write"}
    assert caller.purposes == {"verification"}
    assert gateway.ingest.bodies[-1] == b'{"records":[]}'


async def test_a_write_key_collects_and_does_nothing_else(gateway: Gateway) -> None:
    key = gateway.credentials["collector"]["write_key"]
    basic = {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}
    assert (await gateway.ask("POST", RECORDS, {}, headers=basic)).status == 200
    caller = gateway.ingest.caller()
    assert caller.scopes == {"collect:write"}
    assert refused(await gateway.ask("POST", "/v1/phones/check", {}, headers=basic), 401, "unauthenticated")
    for wrong in ("cdw_wrong:", "", ":", "no base64 §"):
        header = "Basic " + (b64encode(wrong.encode()).decode() if "§" not in wrong else "%%%")
        reply = await gateway.ask("POST", RECORDS, {}, headers={"Authorization": header})
        assert refused(reply, 401, "unauthenticated"), wrong


async def test_a_partners_ids_are_translated_on_the_way_in(gateway: Gateway) -> None:
    subject, client = new_id(), gateway.credentials["partner"]["client_id"]
    outer = gateway.parts.pairwise.outer(client, subject)
    await gateway.ask("GET", f"/v1/subjects/{outer}/persona?purpose=marketing", who="partner")
    scope = gateway.persona.asked[-1]
    assert scope["path"] == f"/v1/subjects/{subject}/persona"
    assert scope["raw_path"] == scope["path"].encode()
    await gateway.ask("GET", f"/v1/subjects/{subject}/persona?purpose=marketing", who="operator")
    assert gateway.persona.asked[-1]["path"] == f"/v1/subjects/{subject}/persona"
    reply = await gateway.ask("GET", "/v1/subjects/no-id/persona?purpose=marketing", who="partner")
    assert refused(reply, 404, "not-found")


async def test_a_refusal_does_not_tell_a_partner_what_our_id_is(gateway: Gateway) -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        await problem_response(NotFound("Nobody."), scope["path"])(scope, receive, send)

    gateway.parts.upstreams["persona"] = refusing  # type: ignore[index]  # it is a dict
    subject, client = gateway.ingest.add(phone="0905111222"), gateway.credentials["partner"]["client_id"]
    outer = gateway.parts.pairwise.outer(client, subject)
    for door in ("?purpose=marketing&fields=nothing", "?purpose=marketing", "/persona?purpose=marketing"):
        for asked in (outer, outer.upper(), outer.replace("-", "")):
            reply = await gateway.ask("GET", f"/v1/subjects/{asked}{door}", who="partner")
            assert reply.status >= 400, door
            assert subject not in reply.body.decode()
            assert outer in body_of(reply)["instance"]
            assert int(dict(reply.headers)[b"content-length"]) == len(reply.body)


async def test_internal_doors_and_services_own_documents_do_not_exist_outside(gateway: Gateway) -> None:
    for path in ("/internal/reveal", "/internal/resolve", "/ingest/openapi.json", "/nothing"):
        assert refused(await gateway.ask("POST", path, {}, who="operator"), 404, "not-found")
    assert not gateway.ingest.asked


async def test_another_method_is_told_which_there_are(gateway: Gateway) -> None:
    reply = await gateway.ask("DELETE", "/v1/notices", who="operator")
    assert refused(reply, 405, "method-not-allowed")
    assert dict(reply.headers)[b"allow"] == b"GET, POST"


async def test_what_says_that_it_is_too_large_is_not_read(gateway: Gateway) -> None:
    limit = gateway.parts.settings.max_body
    for length in (str(limit + 1), "-1", "many"):
        reply = await call(
            gateway.app, "POST", RECORDS, headers=((b"content-length", length.encode()),), body=b""
        )
        assert refused(reply, 413, "too-large"), length
    assert not gateway.ingest.asked


async def test_a_service_that_is_not_connected_is_unavailable(gateway: Gateway) -> None:
    await gateway.token("operator")
    del gateway.parts.upstreams["social"]  # type: ignore[attr-defined]  # as if no URL had been given
    assert refused(await gateway.ask("GET", "/v1/mentions", who="operator"), 503, "unavailable")
    ready = await gateway.ask("GET", "/readyz")
    assert (ready.status, body_of(ready)["trouble"]) == (503, {"social": "not connected"})


async def test_it_is_ready_when_every_part_is(gateway: Gateway) -> None:
    assert (await gateway.ask("GET", "/readyz")).status == 200
    gateway.verify.ready = False
    assert body_of(await gateway.ask("GET", "/readyz"))["trouble"] == {"verify": "not ready"}


async def test_every_answer_is_guarded(gateway: Gateway) -> None:
    answers = [
        await gateway.ask("GET", "/v1/notices", who="operator"),
        await gateway.ask("GET", "/v1/personas", who="partner"),
        await gateway.ask("GET", "/nothing"),
        await gateway.ask("GET", "/v1/personas"),
    ]
    for reply in answers:
        headers = dict(reply.headers)
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"cache-control"] == b"no-store"
        assert b"default-src 'none'" in headers[b"content-security-policy"]


async def test_who_has_used_up_a_quota_waits_and_others_do_not(tmp_path: object) -> None:
    async with running(tmp_path, rate_limit="3/minute") as gateway:  # type: ignore[arg-type]  # a Path
        answers = [await gateway.ask("GET", "/v1/personas", who="partner") for _ in range(4)]
        assert [reply.status for reply in answers] == [200, 200, 200, 429]
        assert refused(answers[3], 429, "too-many-requests")
        assert 0 < int(dict(answers[3].headers)[b"retry-after"]) <= 61
        left = [dict(reply.headers)[b"ratelimit-remaining"] for reply in answers[:3]]
        assert left == [b"2", b"1", b"0"]
        assert (await gateway.ask("GET", "/v1/personas", who="operator")).status == 200


async def test_who_guesses_secrets_has_to_wait(tmp_path: object) -> None:
    async with running(tmp_path, token_rate_limit="3/minute") as gateway:  # type: ignore[arg-type]  # a Path
        client = gateway.credentials["operator"]
        wrong = {**client, "client_secret": "cds_guess"}
        statuses = [(await gateway.get_token(wrong)).status for _ in range(4)]
        assert statuses == [401, 401, 401, 429]
        assert (await gateway.get_token(client)).status == 429


async def test_an_open_door_of_a_service_is_knocked_at_by_nobody_in_particular(gateway: Gateway) -> None:
    """A provider's delivery carries no token: the service checks its signature, and nobody gets a scope by it."""
    door = f"/v1/hooks/{new_id()}"
    sent = {"X-Hub-Signature-256": "sha256=00", "Authorization": "Bearer nothing"}
    reply = await gateway.ask("POST", door, {"a": 1}, headers=sent)
    assert reply.status == 200
    got = headers_of(gateway.ingest.asked[-1])
    assert got[b"x-hub-signature-256"] == b"sha256=00"
    assert b"authorization" not in got
    assert gateway.ingest.bodies[-1] == b'{"a":1}'
    caller = gateway.ingest.caller()
    assert (caller.kind, caller.scopes, caller.purposes) == ("open", frozenset(), frozenset())
    assert refused(await gateway.ask("POST", door + "/close"), 401, "unauthenticated")


async def test_open_doors_have_a_quota_too(tmp_path: object) -> None:
    async with running(tmp_path, rate_limit="3/minute") as gateway:  # type: ignore[arg-type]  # a Path
        door = f"/v1/hooks/{new_id()}"
        statuses = [(await gateway.ask("POST", door, {})).status for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
