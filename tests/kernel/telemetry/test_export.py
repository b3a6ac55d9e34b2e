"""Spans leave by OTLP over HTTP where an endpoint is set, and nothing is loaded where none is."""

import subprocess
import sys
import threading
import time

import pytest
from pydantic import ValidationError

from kernel.telemetry import export
from kernel.telemetry.export import exporting
from kernel.telemetry.settings import TraceSettings
from kernel.telemetry.traces import entering, is_recording
from tests.kernel.telemetry.recorded import collector

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]


def test_a_collector_receives_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.namespace=shop")
    with collector() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        with exporting(), entering("ingest", None, "HTTP") as span:
            assert span is not None
            span.tell({"http.request.method": "POST"}, name="POST /v1/records")
        assert not is_recording()
    assert [(span.service, span.kind, span.name) for span in received.spans] == [
        ("ingest", "SERVER", "POST /v1/records")
    ]
    assert received.spans[0].attributes == {"http.request.method": "POST"}
    assert b"deployment.environment.name" in received.bodies[0]
    assert b"shop" in received.bodies[0]


def test_an_operator_names_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "chandung-hanoi")
    with collector() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", received.url + "/v1/traces")
        with exporting(), entering("ingest", None, "HTTP"):
            pass
    assert [span.service for span in received.spans] == ["chandung-hanoi"]


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none"), ("PATH", "/bin")]
)
def test_nothing_is_recorded_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "" if name == "PATH" else "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    with exporting():
        assert not is_recording()


def test_another_protocol_is_refused_and_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(ValidationError, match="http/protobuf"), exporting():
        pass


def test_a_dead_collector_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())
    monkeypatch.setattr(export, "FLUSH_S", 0.3)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with exporting(TraceSettings()):
        started = time.perf_counter()
        with entering("ingest", None, "HTTP"):
            pass
        assert time.perf_counter() - started < 0.2
    assert time.perf_counter() - started < 1.5
    for thread in set(threading.enumerate()) - before:  # it gives up by itself: no other test shall see it
        thread.join(10)
        assert not thread.is_alive()


def test_the_sdk_is_not_loaded_without_an_endpoint() -> None:
    code = (
        "import sys, deploy.embedded\n"
        "from kernel.telemetry.export import exporting\n"
        "with exporting(): print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'requests'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.strip() == "[]"
