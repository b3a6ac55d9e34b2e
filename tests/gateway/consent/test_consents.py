"""Giving, withdrawing and proving consent through the gateway's doors and topics."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc.errors import JoseError

from gateway.consent import repository, stream
from gateway.consent.receipts import RECEIPT
from gateway.consent.tables import consent
from gateway.tables import store
from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat
from kernel.contracts.event import Event
from kernel.contracts.records import ConsentEvidence, RecordAccepted
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.contracts.topics import PARTITIONS, TOPICS, partition_of
from kernel.ids import new_id
from kernel.store.outbox import unpack
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

NOW = datetime.now(UTC)


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    return gateway.ingest.add(phone="+84912345678")


def act(subject: str, captured_at: datetime, *purposes: str, **more: Any) -> dict[str, Any]:
    """The body of an act of consent."""
    return {
        "subject_id": subject,
        "notice": "core",
        "version": 1,
        "purposes": list(purposes or ("marketing",)),
        "method": "web",
        "captured_at": captured_at.isoformat(),
        "proof": f"checkbox {new_id()}",
        **more,
    }


def accepted(subject: str, captured_at: datetime, *purposes: str, **more: Any) -> RecordAccepted:
    """A record that came with consent."""
    now = datetime.now(UTC)
    evidence = ConsentEvidence("core", 1, purposes or ("marketing",), "form", captured_at, more.get("proof"))
    return RecordAccepted(
        id=new_id(), version=1, subject=subject, occurred_at=now, recorded_at=now, record_id=new_id(),
        source="pos", channel="transaction", kind="transaction", consent=evidence,
        basis=more.get("basis"),
    )  # fmt: skip


async def hear(gateway: Gateway, *events: Event) -> None:
    """Events as the ledger's consumer applies them."""
    records = [event for event in events if isinstance(event, RecordAccepted)]
    if records:
        async with gateway.parts.database.transaction() as tx:
            await stream.hear_records(gateway.parts.notices, tx, records)
    await gateway.hear_people(*(event for event in events if event not in records))


async def force(gateway: Gateway, subject: str) -> set[str]:
    """What the person consents to, as an operator reads it."""
    reply = await gateway.ask("GET", f"/v1/subjects/{subject}/consents", who="operator")
    assert reply.status == 200, reply.body
    return {purpose for purpose, view in body_of(reply)["purposes"].items() if view["in_force"]}


async def kept(gateway: Gateway, subject: str) -> int:
    """How many acts of the person are kept as evidence."""
    query = sa.select(sa.func.count()).where(consent.c.subject == subject)
    async with gateway.parts.database.snapshot() as connection:
        return await connection.scalar(query) or 0


async def told(gateway: Gateway) -> list[Event]:
    """The events of consents that wait in the outbox."""
    async with gateway.parts.database.snapshot() as connection:
        query = sa.select(store.outbox.c.events).where(store.outbox.c.topic == "consents.changed")
        rows = (await connection.scalars(query.order_by(store.outbox.c.id))).all()
    return [TOPICS["consents.changed"].decode(body) for row in rows for _, body in unpack(row)]


async def test_consent_given_is_in_force_at_once_and_on_record(gateway: Gateway, person: str) -> None:
    reply = await gateway.ask(
        "POST", "/v1/consents", act(person, NOW, "service", "marketing"), who="collector"
    )
    assert reply.status == 201, reply.body
    assert await force(gateway, person) == {"service", "marketing"}
    entry = (await gateway.audit(action="consent", subject_id=person))[-1]
    assert entry["client_id"] == gateway.credentials["collector"]["client_id"]
    assert entry["reason"] == "service marketing"


async def test_from_the_answer_on_a_withdrawal_holds_and_only_a_newer_act_revives(
    gateway: Gateway, person: str
) -> None:
    await gateway.ask("POST", "/v1/consents", act(person, NOW, proof="the same paper"), who="operator")
    body = {"subject_id": person, "purposes": ["marketing"]}
    reply = await gateway.ask("POST", "/v1/consents/withdraw", body, who="operator")
    assert body_of(reply)["withdrawn"] == ["marketing"]
    effective = datetime.fromisoformat(body_of(reply)["effective_at"])
    assert await force(gateway, person) == set()
    await gateway.ask("POST", "/v1/consents", act(person, effective), who="operator")
    assert await force(gateway, person) == set(), "captured no later than the withdrawal"
    repeated = act(person, datetime.now(UTC), proof="the same paper")
    assert refused(await gateway.ask("POST", "/v1/consents", repeated, who="operator"), 409, "proof-repeated")
    assert await force(gateway, person) == set(), "a proof of before is no new act"
    await gateway.ask("POST", "/v1/consents", act(person, datetime.now(UTC)), who="operator")
    assert await force(gateway, person) == {"marketing"}


async def test_a_fast_clock_does_not_outlive_a_withdrawal(gateway: Gateway, person: str) -> None:
    fast = datetime.now(UTC) + timedelta(minutes=4)
    await gateway.ask("POST", "/v1/consents", act(person, fast), who="operator")
    await hear(gateway, accepted(person, fast, "service"))
    assert await force(gateway, person) == {"marketing", "service"}
    await gateway.ask("POST", "/v1/consents/withdraw", {"subject_id": person}, who="operator")
    assert await force(gateway, person) == set()


async def test_who_is_not_known_yet_can_withdraw_and_what_was_captured_before_is_ended(
    gateway: Gateway,
) -> None:
    identifiers = {"phone": "+84987654321"}
    reply = await gateway.ask("POST", "/v1/consents/withdraw", {"identifiers": identifiers}, who="operator")
    assert reply.status == 200
    subject = next(id_ for id_, fields in gateway.ingest.people.items() if fields == identifiers)
    await hear(gateway, accepted(subject, NOW - timedelta(days=1), "marketing", "service"))
    assert await force(gateway, subject) == set()


async def test_consent_that_came_with_a_record_counts_and_its_repetition_is_not_kept(
    gateway: Gateway, person: str
) -> None:
    await hear(gateway, accepted(person, NOW, "service", "profiling"))
    await hear(
        gateway, accepted(person, NOW, "service"), accepted(person, NOW + timedelta(seconds=1), "profiling")
    )
    assert await force(gateway, person) == {"service", "profiling"}
    assert await kept(gateway, person) == 1


async def test_a_basis_opens_the_service_and_revives_nothing(gateway: Gateway, person: str) -> None:
    based = accepted(person, NOW, basis="contract")
    await hear(
        gateway,
        RecordAccepted(**{**{f: getattr(based, f) for f in based.__struct_fields__}, "consent": None}),
    )
    assert await force(gateway, person) == {"service"}
    await gateway.withdraw(person, "service")
    again = accepted(person, datetime.now(UTC), basis="contract")
    await hear(
        gateway,
        RecordAccepted(**{**{f: getattr(again, f) for f in again.__struct_fields__}, "consent": None}),
    )
    assert await force(gateway, person) == set()


async def test_what_the_notice_does_not_tell_is_no_consent(gateway: Gateway, person: str) -> None:
    notice = {"key": "narrow", "purposes": ["service"], "text": {"vi": "Phục vụ.", "en": "Service."}}
    assert (await gateway.ask("POST", "/v1/notices", notice, who="operator")).status == 201
    beyond = act(person, NOW, "service", "marketing", notice="narrow")
    assert refused(await gateway.ask("POST", "/v1/consents", beyond, who="operator"), 422, "invalid-input")
    unknown = act(person, NOW, notice="narrow", version=2)
    assert refused(await gateway.ask("POST", "/v1/consents", unknown, who="operator"), 422, "notice-unknown")
    record = accepted(person, NOW, "service", "marketing")
    narrow = ConsentEvidence("narrow", 1, ("service", "marketing"), "form", NOW)
    await hear(
        gateway,
        RecordAccepted(**{**{f: getattr(record, f) for f in record.__struct_fields__}, "consent": narrow}),
    )
    assert await force(gateway, person) == {"service"}


async def test_versions_of_a_notice_never_change(gateway: Gateway) -> None:
    body = {"key": "core", "purposes": ["service"], "text": {"vi": "Mới.", "en": "New."}}
    made = body_of(await gateway.ask("POST", "/v1/notices", body, who="operator"))
    assert made["version"] == 2
    items = body_of(await gateway.ask("GET", "/v1/notices", who="collector"))["items"]
    assert [item["version"] for item in items] == [1, 2]
    assert len(items[0]["purposes"]) == 8
    assert items[0]["text"]["vi"] != items[0]["text"]["en"]
    assert items[1]["sha256"] == made["sha256"] != items[0]["sha256"]


async def test_after_a_merge_the_stricter_consent_wins_until_the_person_acts_anew(
    gateway: Gateway, person: str
) -> None:
    other = gateway.ingest.add(phone="+84911111111")
    await gateway.consent(person, "marketing", "service")
    await gateway.consent(other, "marketing")
    await gateway.withdraw(other, "marketing")
    merge = {"id": new_id(), "version": 1, "recorded_at": datetime.now(UTC), "merge_id": new_id()}
    moment = datetime.now(UTC)
    await hear(
        gateway, SubjectMerged(subject=other, into=person, merge_version=1, occurred_at=moment, **merge)
    )
    assert await force(gateway, person) == await force(gateway, other) == {"service"}
    await hear(gateway, accepted(person, datetime.now(UTC)))
    assert await force(gateway, other) == {"service", "marketing"}
    await hear(gateway, SubjectSplit(subject=other, merge_version=2, occurred_at=moment, **merge))
    await hear(
        gateway, SubjectMerged(subject=other, into=person, merge_version=1, occurred_at=moment, **merge)
    )
    assert await force(gateway, other) == {"marketing"}, (
        "the newest word on a merge wins, whenever it arrives"
    )


async def test_nothing_is_left_of_an_erased_person_and_nothing_brings_them_back(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "marketing")
    await hear(
        gateway,
        SubjectErased(
            id=new_id(), version=1, subject=person, occurred_at=NOW, recorded_at=NOW, origins=(person,), request_id=new_id()
        ),
    )  # fmt: skip
    assert await kept(gateway, person) == 0
    reply = await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator")
    assert refused(reply, 410, "erased")
    assert refused(await gateway.ask("POST", "/v1/consents", act(person, NOW), who="operator"), 410, "erased")


async def test_changes_are_told_whole_with_rising_versions_and_repetitions_are_no_news(
    gateway: Gateway, person: str
) -> None:
    async with gateway.parts.database.transaction() as tx:
        await tx.execute(
            sa.update(store.relay).values(lease_until=4_000_000_000.0, fence=99)
        )  # nobody relays
    await gateway.consent(person, "service", "marketing")
    await gateway.withdraw(person, "marketing")
    await hear(gateway, accepted(person, NOW, "service"))
    changes = [event for event in await told(gateway) if isinstance(event, ConsentChanged)]
    assert [change.ledger_version for change in changes] == [1, 2]
    assert [{p for p, state in change.purposes.items() if state.in_force} for change in changes] == [
        {"service", "marketing"},
        {"service"},
    ]


async def test_a_heartbeat_reaches_every_partition_behind_earlier_changes(
    gateway: Gateway, person: str
) -> None:
    beats = stream.heartbeats(NOW)
    assert [partition_of(beat.key) for beat in beats] == list(range(PARTITIONS))
    assert stream.heartbeats(NOW)[3].key == beats[3].key
    async with gateway.parts.database.transaction() as tx:
        await tx.execute(sa.update(store.relay).values(lease_until=4_000_000_000.0, fence=99))
    await gateway.consent(person, "service")
    async with gateway.parts.database.transaction() as tx:
        await repository.enter(tx, alone=True)
        await stream.publish(tx, store, stream.heartbeats(datetime.now(UTC)))
    kinds = [type(event) for event in await told(gateway)]
    assert ConsentHeartbeat in kinds[kinds.index(ConsentChanged) :]


async def test_a_receipt_proves_the_act_and_cannot_be_altered(gateway: Gateway, person: str) -> None:
    made = body_of(
        await gateway.ask("POST", "/v1/consents", act(person, NOW, proof="signed"), who="operator")
    )
    answer = body_of(await gateway.ask("GET", made["receipt"], who="operator"))
    receipt, signing = answer["receipt"], gateway.parts.signing
    assert signing.verify(RECEIPT, answer["jws"].encode()) == receipt
    assert receipt["pii_principal_id"] == person
    assert receipt["receipt_id"] == made["id"]
    assert len(receipt["privacy_notice"]["sha256"]) == 64
    assert "signed" not in str(receipt["event"]), "a proof may name the person: its hash is enough"
    head, body, signature = answer["jws"].split(".")
    with pytest.raises(JoseError):
        signing.verify(RECEIPT, f"{head}.{body[:-4]}AAAA.{signature}".encode())


async def test_a_partner_sees_ids_of_its_own_and_only_purposes_it_may_declare(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "service", "marketing")
    await gateway.consent(person, "profiling")
    pairwise = gateway.parts.pairwise.outer(gateway.credentials["partner"]["client_id"], person)
    seen = body_of(await gateway.ask("GET", f"/v1/subjects/{pairwise}/consents", who="partner"))
    assert seen["subject_id"] == pairwise
    assert set(seen["purposes"]) == {"marketing"}
    assert [item["purposes"] for item in seen["items"]] == [["marketing"]]
    own = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator"))
    assert {item["id"] for item in own["items"]}.isdisjoint(item["id"] for item in seen["items"])
    path = f"/v1/consents/{seen['items'][0]['id']}/receipt"
    receipt = body_of(await gateway.ask("GET", path, who="partner"))["receipt"]
    assert receipt["pii_principal_id"] == pairwise
    unseen = next(item["id"] for item in own["items"] if item["purposes"] == ["profiling"])
    hidden = gateway.parts.pairwise.outer(gateway.credentials["partner"]["client_id"], unseen)
    reply = await gateway.ask("GET", f"/v1/consents/{hidden}/receipt", who="partner")
    assert refused(reply, 404, "not-found")


async def test_nobody_is_not_found_and_two_names_for_one_person_are_refused(
    gateway: Gateway, person: str
) -> None:
    reply = await gateway.ask("POST", "/v1/consents", act(new_id(), NOW), who="operator")
    assert refused(reply, 404, "not-found")
    both = act(person, NOW, identifiers={"phone": "+84912345678"})
    assert refused(await gateway.ask("POST", "/v1/consents", both, who="operator"), 422, "invalid-input")
    early = act(person, datetime.now(UTC) + timedelta(minutes=6))
    assert refused(await gateway.ask("POST", "/v1/consents", early, who="operator"), 422, "invalid-input")
    assert await kept(gateway, person) == 0


async def test_nobody_consents_by_an_unproved_identifier_for_who_proved_a_phone(
    gateway: Gateway, person: str
) -> None:
    gateway.ingest.claimed.add(person)
    named = act(person, NOW, "marketing", identifiers={"phone": "+84912345678"}) | {"subject_id": None}
    reply = await gateway.ask("POST", "/v1/consents", named, who="operator")
    assert refused(reply, 409, "identifier-unproved")
    assert await kept(gateway, person) == 0
    ends = {"identifiers": {"phone": "+84912345678"}}
    assert (await gateway.ask("POST", "/v1/consents/withdraw", ends, who="operator")).status == 200
    assert (await gateway.ask("POST", "/v1/consents", act(person, NOW), who="operator")).status == 201


async def test_acts_come_in_pages_the_newest_first(gateway: Gateway, person: str) -> None:
    for _ in range(3):
        await gateway.consent(person, "service")
    first = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents?limit=2", who="operator"))
    path = f"/v1/subjects/{person}/consents?limit=2&cursor={first['next_cursor']}"
    second = body_of(await gateway.ask("GET", path, who="operator"))
    ids = [item["id"] for page in (first, second) for item in page["items"]]
    assert len(ids) == 3
    assert ids == sorted(ids, reverse=True)
    assert second["next_cursor"] is None
