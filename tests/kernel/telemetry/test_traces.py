"""What is carried as a trace, and which traces are recorded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.telemetry import current_traceparent, new_traceparent, sampled_traceparent, tracing
from kernel.telemetry.settings import TraceSettings, sampler_of
from kernel.telemetry.traces import Kind, accepted, entering, spanning
from tests.kernel.telemetry.recorded import kept, seen

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"


@given(st.text(max_size=80) | st.from_regex(r"0912345987|00-[0-9a-f-]{50,60}"))
def test_what_a_client_sends_as_a_trace_goes_on_only_where_it_is_one(text: str) -> None:
    carried = accepted(text)
    assert carried is None or (len(carried) == 55 and accepted(carried) == carried)
    with tracing(text):
        current = current_traceparent()
        assert current is not None
        assert accepted(current) == current


@pytest.mark.parametrize(
    "text",
    [
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        SAMPLED + "-more",
        SAMPLED + "\n",
        "0912345987",
        "",
    ],
)
def test_a_malformed_trace_is_none(text: str) -> None:
    assert accepted(text) is None


def test_a_later_version_is_read_as_far_as_we_know_it() -> None:
    assert accepted(f"01-{TRACE}-{SPAN}-01-what-ever") == SAMPLED


def test_a_new_trace_is_new_and_not_sampled() -> None:
    assert accepted(new_traceparent()) != new_traceparent()
    assert new_traceparent().endswith("-00")


def test_without_a_recorder_no_span_is_made_and_the_callers_decision_travels_on() -> None:
    with entering("gateway", SAMPLED, "HTTP") as span:
        assert span is None
        assert current_traceparent() == sampled_traceparent() == SAMPLED
        with spanning(Kind.CLIENT, "GET") as inner:
            assert inner is None
    assert current_traceparent() is None


def test_the_callers_decision_counts() -> None:
    with kept("parentbased_traceidratio", 0.0) as spans:
        with entering("gateway", UNSAMPLED, "HTTP") as span:
            assert span is None
        with entering("gateway", None, "HTTP") as span:
            assert span is None
            assert sampled_traceparent() is None
        with entering("gateway", SAMPLED, "HTTP") as span:
            assert span is not None
            assert current_traceparent() == span.traceparent != SAMPLED
    assert seen(spans) == [("gateway", "SERVER", "HTTP")]
    made = spans.get_finished_spans()[0]
    assert made.context is not None
    assert made.parent is not None
    assert (f"{made.context.trace_id:032x}", f"{made.parent.span_id:016x}") == (TRACE, SPAN)


@pytest.mark.parametrize("sampler", ["always_off", "parentbased_always_off"])
def test_an_operator_may_record_nothing_that_begins_here(sampler: str) -> None:
    with kept(sampler) as spans, entering("gateway", None, "HTTP"):
        assert sampled_traceparent() is None
    assert seen(spans) == []


def test_an_operator_may_overrule_callers_and_then_the_flag_that_goes_on_says_so() -> None:
    with kept("traceidratio", 0.0) as spans, entering("gateway", SAMPLED, "HTTP"):
        assert current_traceparent() == UNSAMPLED
    assert seen(spans) == []
    with kept("always_on") as spans, entering("gateway", UNSAMPLED, "HTTP"):
        assert sampled_traceparent() is not None
    assert len(seen(spans)) == 1


def test_a_share_of_traces_is_recorded() -> None:
    sampler = sampler_of(
        TraceSettings(otel_traces_sampler="parentbased_traceidratio", otel_traces_sampler_arg=0.25)
    )
    taken = sum(sampler.samples(new_traceparent()[3:35], None) for _ in range(4_000))
    assert 850 < taken < 1_150  # five standard deviations and more


def test_work_inside_work_is_one_trace_and_each_service_tells_its_own() -> None:
    with kept() as spans, entering("gateway", None, "HTTP"):
        with (
            spanning(Kind.CLIENT, "GET") as call,
            entering("ingest", call and call.traceparent, "HTTP"),
            spanning(Kind.INTERNAL, "inner"),
        ):
            pass
        with spanning(Kind.INTERNAL, "later"):
            pass
    assert seen(spans) == [
        ("ingest", "INTERNAL", "inner"),
        ("ingest", "SERVER", "HTTP"),
        ("gateway", "CLIENT", "GET"),
        ("gateway", "INTERNAL", "later"),
        ("gateway", "SERVER", "HTTP"),
    ]
    made = {span.name: span for span in spans.get_finished_spans()}
    assert len({span.context.trace_id for span in made.values() if span.context}) == 1
    root = spans.get_finished_spans()[-1]
    assert root.parent is None
    assert root.context is not None
    assert made["later"].parent is not None
    assert made["later"].parent.span_id == root.context.span_id
