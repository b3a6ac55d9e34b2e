"""What may leave in a span: words of ours, and never what a person or a client wrote."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cluster import SERVICES
from gateway.edge.routes import ROUTES
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from kernel.telemetry.attributes import ATTRIBUTES, may_leave, method_of, name_that_may_leave
from kernel.telemetry.traces import Kind, entering
from tests.kernel.telemetry.recorded import kept
from tests.privacy.canaries import PLANTED

values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.text())
)
keys = st.sampled_from(sorted(ATTRIBUTES)) | st.text()


@pytest.mark.parametrize("key", sorted(ATTRIBUTES))
@pytest.mark.parametrize("canary", PLANTED, ids=lambda canary: canary.label)
def test_no_planted_value_leaves_under_any_name(key: str, canary: Any) -> None:
    for value in (
        canary.value,
        f"/v1/subjects/{canary.value}",
        f"/v1/records?q={canary.value}",
        f"GET {canary.value}",
    ):
        assert not may_leave(key, value)
        assert name_that_may_leave(value, "HTTP") == "HTTP"


@given(st.dictionaries(keys, values, max_size=8), st.text())
def test_a_span_keeps_only_what_is_on_the_list(told: dict[str, Any], name: str) -> None:
    with kept() as spans, entering("gateway", None, name) as span:
        assert span is not None
        span.tell(told, name=name)
    made = spans.get_finished_spans()[0]
    assert dict(made.attributes or {}) == {key: value for key, value in told.items() if may_leave(key, value)}
    assert made.name in (name, Kind.SERVER.value)
    assert not made.events


@given(st.text(max_size=30))
def test_an_id_or_a_number_in_a_path_never_passes_for_a_route(text: str) -> None:
    assert not may_leave("http.route", f"/v1/subjects/{new_id()}/{text}")
    assert not may_leave("http.route", f"/v1/subjects/0912345987/{text}")


def test_every_route_topic_and_service_of_ours_may_be_told() -> None:
    for route in ROUTES:
        assert may_leave("http.route", route.path), route.path
        assert name_that_may_leave(f"{route.method} {route.path}", "") != ""
    for document in (Path(__file__).parents[3] / "docs" / "specs").glob("*openapi.json"):
        for path in json.loads(document.read_text())["paths"]:
            assert may_leave("http.route", path), path
    for topic in TOPICS:
        assert may_leave("messaging.destination.name", topic)
        assert name_that_may_leave(f"process {topic}", "") != ""
    assert all(may_leave("service.peer.name", service) for service in SERVICES)


def test_a_method_that_is_none_of_http_is_told_as_such() -> None:
    assert method_of("POST") == "POST"
    assert method_of("0912345987") == "_OTHER"


def test_an_error_is_told_by_its_class_and_never_by_its_words() -> None:
    with kept() as spans, pytest.raises(ValueError, match="0912345987"), entering("ingest", None, "HTTP"):
        raise ValueError("0912345987")
    made = spans.get_finished_spans()[0]
    assert dict(made.attributes or {}) == {"error.type": "ValueError"}
    assert not made.status.is_ok
    assert made.status.description is None
    assert not made.events
