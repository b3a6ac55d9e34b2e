"""The envelope: what it carries survives the log, and the relay's stamp is put in without reading the rest."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.event import Event, stamp
from kernel.contracts.subjects import SubjectCreated
from kernel.contracts.topics import TOPICS, topic_of
from kernel.ids import new_id
from tests.kernel.contracts.samples import EVENTS, events

NOW = datetime(2026, 11, 20, 3, 2, 11, tzinfo=UTC)


def created(**changes: object) -> SubjectCreated:
    fields = {"id": new_id(), "version": 1, "subject": new_id(), "occurred_at": NOW, "recorded_at": NOW}
    return SubjectCreated(**{**fields, **changes})


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_event_comes_back_stamped_and_otherwise_as_it_was(
    kind: type[Event], data: st.DataObject
) -> None:
    event = data.draw(events(kind))
    sequence = data.draw(st.integers(1, 2**62))
    body = stamp(msgspec.json.encode(event), "ingest", "e-1", sequence)
    back = TOPICS[topic_of(kind)].decode(body)
    assert back == msgspec.structs.replace(event, producer="ingest", epoch="e-1", sequence=sequence)


def test_the_key_is_the_subject_or_else_the_event_itself() -> None:
    assert created(subject="s").key == b"s"
    assert created(id="i", subject=None).key == b"i"


def test_an_event_that_was_not_stamped_says_nothing_of_a_stamp() -> None:
    """Else the bytes would hold two, and the decoder would take the producer's."""
    body = msgspec.json.encode(created())
    assert not any(name in body for name in (b"producer", b"epoch", b"sequence"))


def test_the_type_is_in_the_bytes_and_an_unknown_one_is_refused() -> None:
    body = msgspec.json.encode(created())
    assert b'"type":"SubjectCreated"' in body
    with pytest.raises(msgspec.ValidationError):
        TOPICS["subjects.changed"].decode(body.replace(b"SubjectCreated", b"SubjectVanished"))


def test_an_event_of_another_topic_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        TOPICS["records.accepted"].decode(msgspec.json.encode(created()))


def test_fields_that_a_newer_producer_added_are_passed_over() -> None:
    body = msgspec.json.encode(created(id="i"))
    assert TOPICS["subjects.changed"].decode(body[:-1] + b',"mood":"new"}').id == "i"


def test_events_do_not_change() -> None:
    with pytest.raises(AttributeError):
        created().subject = "other"  # type: ignore[misc]
