"""The registry of topics is whole and unambiguous."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.consents import ConsentChanged, PurposeState
from kernel.contracts.event import Event
from kernel.contracts.records import RecordAccepted, RecordHead
from kernel.contracts.topics import PARTITIONS, RETENTION_DAYS, TOPICS, partition_of, topic_of
from tests.kernel.contracts.samples import EVENTS, TIMES, events


def every_event() -> set[type[Event]]:
    """Each class of the contracts that is an event; the part of one that some services read is none of its own."""
    found: set[type[Event]] = set()
    waiting = [Event]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        found.update(kinds)
        waiting += kinds
    ours = {kind for kind in found if kind.__module__.startswith("kernel.contracts.")}
    return {kind for kind in ours if kind.__struct_config__.tag == kind.__name__}


@given(events(RecordAccepted))
def test_the_head_of_a_record_is_read_from_the_whole(whole: Event) -> None:
    head = msgspec.json.Decoder(RecordHead).decode(msgspec.json.encode(whole))
    assert type(head) is RecordHead
    assert all(getattr(head, name) == getattr(whole, name) for name in RecordHead.__struct_fields__)


def test_each_event_is_in_exactly_one_topic() -> None:
    assert set(Counter(EVENTS).values()) == {1}
    assert set(EVENTS) == every_event()
    for topic in TOPICS.values():
        assert {topic_of(event) for event in topic.events} == {topic.name}


def test_names_are_those_of_the_design() -> None:
    assert set(TOPICS) == {
        "records.accepted",
        "subjects.changed",
        "notices.changed",
        "consents.changed",
        "phones.verified",
        "mentions.analyzed",
        "personas.changed",
        "privacy.requested",
        "privacy.confirmed",
        "privacy.alerted",
    }
    assert {name for name, topic in TOPICS.items() if topic.compacted} == {
        "notices.changed",
        "consents.changed",
    }


def test_event_names_are_unique_because_they_are_the_tag() -> None:
    assert len({event.__name__ for event in EVENTS}) == len(EVENTS)


def test_retention_stays_below_the_erasure_clock() -> None:
    assert RETENTION_DAYS < 20


def test_partitions_do_not_move() -> None:
    """Growing the count or changing the hash would tear people's events apart."""
    assert PARTITIONS == 12
    keys = [b"0193e0a5-0000-7000-8000-000000000001", b"0193e0a5-0000-7000-8000-000000000002", b""]
    assert [partition_of(key) for key in keys] == [8, 2, 0]


@given(st.binary(), st.integers(1, 100))
def test_every_key_has_a_partition(key: bytes, partitions: int) -> None:
    assert 0 <= partition_of(key, partitions) < partitions


@given(st.none() | TIMES, st.none() | TIMES)
def test_only_a_newer_act_outlives_a_withdrawal(granted: object, withdrawn: object) -> None:
    state = PurposeState(granted_at=granted, withdrawn_at=withdrawn)  # type: ignore[arg-type]
    expected = granted is not None and (withdrawn is None or granted > withdrawn)  # type: ignore[operator]
    assert state.in_force is expected


def test_a_consent_event_needs_the_whole_state() -> None:
    with pytest.raises(TypeError):
        ConsentChanged(id="i", version=1, subject="s", ledger_version=1)  # type: ignore[call-arg]
