"""What is told of a record's event at a glance is what the event says."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.event import Event, stamp
from kernel.contracts.records import RecordAccepted, RecordGlance
from kernel.contracts.topics import TOPICS
from tests.kernel.contracts.samples import events


@pytest.mark.parametrize("kind", TOPICS["records.accepted"].events, ids=lambda kind: kind.__name__)
@settings(max_examples=50)
@given(data=st.data())
def test_a_glance_is_true_of_every_event(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(events(kind))
    glance = msgspec.json.decode(stamp(msgspec.json.encode(event), "ingest", "e-1", 7), type=RecordGlance)
    assert (glance.type, glance.producer, glance.epoch, glance.sequence) == (
        kind.__name__,
        "ingest",
        "e-1",
        7,
    )
    if isinstance(event, RecordAccepted):
        assert glance.kind == event.kind
        assert (glance.collector is None) == (event.collector is None)
