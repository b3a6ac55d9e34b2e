"""What `/metrics` shows: every name explained, and no label that a client can write."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.embedded import Platform, create_platform
from kernel.telemetry import metrics
from kernel.web.upstream import call
from tests.privacy.canaries import PLANTED, leaks

LABELS = {
    "service",
    "method",
    "status",
    "producer",
    "consumer",
    "topic",
    "decision",
    "reason",
    "le",
    "sender",
    "channel",
    "outcome",
}


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Apps answer their health doors without having been started."""
    return create_platform(tmp_path / "data", tmp_path / "keys")


async def test_every_part_shows_the_one_registry_of_the_process(platform: Platform) -> None:
    metrics().records.labels("accepted").inc(0)
    for app in (platform.gateway, *platform.services.values()):
        reply = await call(app, "GET", "/metrics")
        assert reply.status == 200
        families = {family.name: family for family in text_string_to_metric_families(reply.body.decode())}
        assert {"chandung_requests", "chandung_records", "process_cpu_seconds"} <= set(families)
        assert all(family.documentation for family in families.values())


async def test_no_label_is_a_clients_to_write(platform: Platform) -> None:
    phone, name = PLANTED[1].value, PLANTED[0].value
    for method, path in ((phone, "/"), ("GET", f"/v1/subjects/{phone}"), ("POST", f"/v1/records?q={name}")):
        await call(platform.gateway, method, path, headers=[(b"user-agent", name.encode())])
        await call(platform.services["ingest"], method, path)
    reply = await call(platform.gateway, "GET", "/metrics")
    assert leaks(reply.body) == []
    labels = {
        label
        for family in text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
        for label in sample.labels
    }
    assert labels <= LABELS
    assert b'method="_OTHER"' in reply.body
