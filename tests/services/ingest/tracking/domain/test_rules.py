"""The rules by which a tracking message becomes a record."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import canonical_id, new_id
from kernel.privacy.purposes import Purpose
from services.ingest.sources.domain import DefaultConsent
from services.ingest.tracking.domain.agreement import OBJECTED_BY_GPC, agreement_of
from services.ingest.tracking.domain.mapping import Visit, mapped, record_id
from services.ingest.tracking.domain.message import read_single
from services.ingest.tracking.domain.order import order_of
from services.ingest.tracking.domain.times import AGREE, corrected, skew_of

RECEIVED = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
PREFERENCES = st.dictionaries(st.sampled_from([*Purpose, "ads", "C0001"]), st.booleans() | st.none())


def agreed(given: Any, default: DefaultConsent | None = None, *, objects: bool = False) -> Any:
    """What a message with this consent context agrees to."""
    return agreement_of(
        given, default, "u", objects=objects, occurred=RECEIVED, skew=timedelta(), received=RECEIVED
    )


def record(**message: Any) -> dict[str, Any]:
    """The record of a track message."""
    body = {"event": "Product Viewed", "anonymousId": "visitor", **message}
    made: dict[str, Any] = json.loads(
        mapped(read_single(json.dumps(body).encode(), "track"), Visit(RECEIVED)).record
    )
    return made


@given(st.text(min_size=1))
def test_a_message_has_one_record_id_whenever_it_comes(message_id: str) -> None:
    assert canonical_id(record_id(message_id)) == record_id(message_id) == record_id(message_id)


def test_a_uuid_stays_itself() -> None:
    own = new_id()
    assert record_id(own) == record_id(own.upper()) == own


@given(MOMENTS, MOMENTS, MOMENTS)
def test_a_wrong_clock_is_set_right_and_a_right_one_left_alone(
    said: datetime, sent: datetime, received: datetime
) -> None:
    skew = skew_of(sent.isoformat(), received)
    found = corrected(said, skew, received)
    if abs(received - sent) <= AGREE:
        assert found == said
    else:
        assert found == min(received - (sent - said), received)


@given(PREFERENCES, st.booleans())
def test_only_a_clear_yes_is_one_and_global_privacy_control_outweighs_it(
    preferences: dict[str, bool | None], objects: bool
) -> None:
    found = agreed({"categoryPreferences": preferences}, objects=objects)
    objected = set(OBJECTED_BY_GPC) if objects else set()
    yes = {name for name, answer in preferences.items() if answer is True and name in set(Purpose)}
    assert set(found["purposes"]) == yes - objected
    no = {name for name, answer in preferences.items() if answer is not True and name in set(Purpose)}
    assert set(found.get("refused", ())) == no | objected


@given(PREFERENCES)
def test_a_sources_default_counts_only_where_nothing_is_said(preferences: dict[str, bool | None]) -> None:
    default = DefaultConsent("shop", 3, ("service",))
    assert agreed({}, default)["purposes"] == ["service"]
    assert agreed({"categoryPreferences": preferences}, default) | {"proof": ""} == agreed(
        {"categoryPreferences": preferences, "notice": "shop", "version": 3}
    ) | {"proof": ""}
    assert agreed({}) is None


@given(st.integers(1, 10**12))
def test_dong_have_no_decimals_and_dollars_have_two(total: int) -> None:
    assert order_of({"total": total, "currency": "VND"})["total"] == total
    assert order_of({"total": f"{total}.25", "currency": "usd"})["total"] == total * 100 + 25
    assert "total" not in order_of({"total": "a lot", "currency": "VND"})


def test_a_retry_with_other_times_of_sending_is_the_same() -> None:
    body = {"event": "Product Viewed", "userId": "u", "messageId": "m", "timestamp": "2026-03-02T03:00:00Z"}
    first, again = (
        mapped(read_single(json.dumps({**body, "sentAt": sent}).encode(), "track"), Visit(received)).essence
        for sent, received in [
            ("2026-03-02T03:59:59Z", RECEIVED),
            ("2026-03-02T09:00:00Z", RECEIVED + timedelta(hours=5)),
        ]
    )
    assert first == again


def test_ids_and_the_channel_go_where_they_belong() -> None:
    made = record(userId=7, context={"library": {"name": "analytics-android"}, "device": {"id": "d-1"}})
    told = made["subject"]["identifiers"]
    assert told == {"external_id": "7", "anonymous_id": "visitor", "device_id": "d-1"}
    assert (made["kind"], made["channel"]) == ("interaction", "app")
