"""One trace from a request at the gateway to the fact lake, received by a collector; and nothing personal in it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from deploy.demo.connect import open_client
from kernel.telemetry import new_traceparent
from tests.flow.people import consent, record
from tests.flow.planting import CANARY
from tests.flow.platforms import Embedded, credentials_of, embedded
from tests.kernel.telemetry.recorded import Collector, Received, collector
from tests.privacy.canaries import leaks
from tests.running import until

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what callers want recorded is, and FastAPI's own telemetry is asked for as well."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")


def planted() -> dict[str, object]:
    """A record full of personal data."""
    act = consent(["service", "analytics", "profiling"], datetime.now(UTC) - timedelta(minutes=2))
    who = {
        "identifiers": {"phone": CANARY["phone"], "email": CANARY["email"]},
        "attributes": {"full_name": CANARY["name"]},
    }
    said = {"text": f"{CANARY['name in text']} {CANARY['phone in text']}", "rating": 2}
    return record(subject=who, consent=act, kind="feedback", payload=said)


async def nosy_requests(client: httpx2.AsyncClient, traceparent: str) -> None:
    """Personal data wherever a client can write some."""
    head = {
        "traceparent": traceparent,
        "tracestate": f"shop={CANARY['phone']}",
        "baggage": f"who={CANARY['email']}",
        "user-agent": CANARY["handle"],
    }
    await client.get(f"/v1/records?source={CANARY['phone']}", headers=head)
    await client.get(f"/v1/personas/{CANARY['phone']}", headers=head)
    await client.get(f"/v1/no/such/{CANARY['email']}", headers=head)
    await client.request(CANARY["handle"].upper(), "/v1/records", headers=head)
    await client.post(f"/v1/phones/check?q={CANARY['phone']}", json={"phone": CANARY["phone"]}, headers=head)


async def whole_trace(received: Collector, trace_id: str) -> dict[tuple[str, str, str], Received]:
    """The spans of a trace, once it has come to its end in the lake."""
    wanted = ("persona", "CONSUMER", "process records.accepted")

    async def complete() -> dict[tuple[str, str, str], Received]:
        own = [span for span in received.spans if span.trace_id == trace_id]
        found = {(span.service, span.kind, span.name): span for span in own}
        return found if wanted in found else {}

    return await until(complete, within=20.0, pause=0.1)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("traced")
async def test_a_record_is_one_trace_from_the_gateway_to_the_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        with embedded(tmp_path) as platform:
            traceparent = await one_recorded_batch(platform)
            found = await whole_trace(received, traceparent[3:35])
            assert platform.stop() == 0
    path = "/v1/records/batch"
    door = found["gateway", "SERVER", f"POST {path}"]
    hop = found["gateway", "CLIENT", "POST"]
    service = found["ingest", "SERVER", f"POST {path}"]
    assert door.parent_id == traceparent[36:52]
    assert hop.parent_id == door.span_id
    assert service.parent_id == hop.span_id
    assert hop.attributes["service.peer.name"] == "ingest"
    assert service.attributes == {
        "http.request.method": "POST",
        "http.route": path,
        "http.response.status_code": 202,
    }
    below = ("PRODUCER", "send records.accepted"), ("CONSUMER", "process records.accepted")
    sent, facts = found["ingest", *below[0]], found["persona", *below[1]]
    assert sent.parent_id == facts.parent_id == service.span_id
    readers = {who for who, kind, _ in found if kind == "CONSUMER"}
    assert {"gateway", "social"} <= readers  # verify reads only what names its collector


async def one_recorded_batch(platform: Embedded) -> str:
    """The trace of a batch that its sender wants recorded, after others that nobody does."""
    credentials = credentials_of(platform.data_dir)
    traceparent = new_traceparent()[:-2] + "01"
    async with open_client(credentials, role="collector", base_url=platform.base_url) as client:
        for head in ({}, {"traceparent": new_traceparent()}, {"traceparent": traceparent}):
            reply = await client.post("/v1/records/batch", json={"records": [planted()]}, headers=head)
            assert reply.json()["receipts"][0]["status"] == "accepted", reply.text
    return traceparent


@pytest.mark.usefixtures("traced")
async def test_what_nobody_asked_for_is_not_recorded_and_nothing_personal_ever_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        with embedded(tmp_path) as platform:
            traceparent = await one_recorded_batch(platform)
            await whole_trace(received, traceparent[3:35])
            assert {span.trace_id for span in received.spans} == {traceparent[3:35]}
            nosy = new_traceparent()[:-2] + "01"
            credentials = credentials_of(platform.data_dir)
            async with open_client(credentials, role="operator", base_url=platform.base_url) as client:
                await nosy_requests(client, nosy)
            assert platform.stop() == 0  # what was still held leaves first
    assert {span.trace_id for span in received.spans} == {traceparent[3:35], nosy[3:35]}
    names = {span.name for span in received.spans if span.trace_id == nosy[3:35]}
    assert {"GET /v1/records", "GET /v1/personas/{persona_id}", "POST /v1/phones/check", "GET"} <= names
    assert [leaks(body) for body in received.bodies] == [[]] * len(received.bodies)
    assert leaks((tmp_path / "out.txt").read_bytes()) == []
