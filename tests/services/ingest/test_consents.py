"""No purpose, no access: consent is judged when a record is written, and again by itself when news comes."""

from pathlib import Path
from typing import Any

import pytest

from kernel.contracts.consents import PurposeState
from tests.services.ingest.harness import Running, about, ago, consent, record, running_ingest

WHO = {"subject": about(phone="0912345678")}


def bare(kind: str = "profile", **changed: Any) -> dict[str, Any]:
    """A record that brings no consent."""
    return record(kind, **{**WHO, "consent": None, **changed})


@pytest.mark.parametrize("kind", ["profile", "transaction", "attendance", "referral"])
async def test_these_kinds_need_service(ingest: Running, kind: str) -> None:
    assert await ingest.refuse(record(kind, **WHO, consent=consent("analytics"))) == ["consent-missing"]
    await ingest.accept(record(kind, **WHO, consent=consent("service")))


@pytest.mark.parametrize("kind", ["interaction", "survey", "interview", "feedback"])
async def test_these_kinds_need_analytics(ingest: Running, kind: str) -> None:
    assert await ingest.refuse(record(kind, **WHO, consent=consent("service"))) == ["consent-missing"]
    await ingest.accept(record(kind, **WHO, consent=consent("analytics")))


async def test_an_earlier_consent_of_the_same_person_is_enough(ingest: Running) -> None:
    await ingest.accept(record(**WHO), bare(), bare("survey"))


async def test_a_consent_may_be_captured_after_the_event(ingest: Running) -> None:
    await ingest.accept(
        record(occurred_at=ago(days=9).isoformat(), consent=consent(captured_at=ago(minutes=1).isoformat()))
    )


async def test_a_purpose_that_the_notice_does_not_name_was_not_consented_to(ingest: Running) -> None:
    await ingest.publish_notice("small", 1, "marketing")
    assert await ingest.refuse(record(consent=consent("service", notice="small"))) == ["consent-missing"]


async def test_a_stated_basis_opens_service_alone(ingest: Running) -> None:
    basis = {"kind": "contract", "proof": "HĐ-17"}
    await ingest.accept(bare("transaction", basis=basis))
    assert await ingest.refuse(bare("survey", basis=basis)) == ["consent-missing"]
    (event,) = await ingest.events("records.accepted")
    assert event.basis == "contract"
    assert event.consent is None


async def test_a_basis_without_proof_is_none(ingest: Running) -> None:
    assert await ingest.refuse(bare("transaction", basis={"kind": "contract"})) == ["field-missing"]


async def test_a_withdrawal_ends_what_was_captured_before_it_whenever_that_arrives(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record(**WHO))
    subject = receipt["subject_id"]
    withdrawn = {"service": PurposeState(granted_at=ago(minutes=30), withdrawn_at=ago(minutes=10))}
    await ingest.change_consent(subject, 2, **withdrawn)
    assert await ingest.refuse(bare()) == ["consent-missing"]
    late = consent(captured_at=ago(minutes=20).isoformat())
    assert await ingest.refuse(record(**WHO, consent=late)) == ["consent-missing"]
    await ingest.accept(record(**WHO, consent=consent(captured_at=ago(minutes=5).isoformat())), bare())


async def test_neither_a_default_nor_a_repeated_proof_revives(ingest: Running) -> None:
    given = consent(captured_at=ago(minutes=30).isoformat(), proof="tờ khai 17")
    (receipt,) = await ingest.accept(record(**WHO, consent=given))
    withdrawn = {"service": PurposeState(granted_at=ago(minutes=30), withdrawn_at=ago(minutes=10))}
    await ingest.change_consent(receipt["subject_id"], 2, **withdrawn)
    now = ago(minutes=1).isoformat()
    repeated, default = {**given, "captured_at": now}, consent(method="default", captured_at=now)
    for act in (repeated, default):
        assert await ingest.refuse(record(**WHO, consent=act)) == ["consent-missing"]


async def test_a_lower_ledger_version_never_replaces_a_higher_one(ingest: Running) -> None:
    subject = (await ingest.resolve(phone="0912345678", create=True))["subject_id"]
    await ingest.change_consent(subject, 7, service=PurposeState(granted_at=ago(minutes=5)))
    await ingest.change_consent(subject, 6, service=PurposeState(withdrawn_at=ago(minutes=1)))
    await ingest.accept(bare())


async def test_restriction_denies_every_use_but_what_the_law_demands(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record(**WHO))
    await ingest.change_consent(
        receipt["subject_id"], 2, restricted=True, service=PurposeState(granted_at=ago(minutes=1))
    )
    assert await ingest.refuse(record(**WHO)) == ["consent-missing"]
    assert await ingest.refuse(bare(basis={"kind": "contract", "proof": "x"})) == ["consent-missing"]
    await ingest.accept(bare(basis={"kind": "legal_obligation", "proof": "x"}))


async def test_what_waited_for_consent_is_stored_when_it_comes(ingest: Running) -> None:
    sent = bare("survey")
    assert await ingest.refuse(sent) == ["consent-missing"]
    subject = (await ingest.resolve(phone="0912345678", create=True))["subject_id"]
    await ingest.change_consent(subject, 1, analytics=PurposeState(granted_at=ago(seconds=1)))
    await ingest.becomes(sent["id"], "accepted")
    history = (await ingest.client.get(f"/v1/records/{sent['id']}")).json()
    assert {entry["event"] for entry in history["history"]} == {"quarantined", "accepted", "released"}
    assert history["subject_id"] == subject


async def test_what_waited_for_a_notice_is_stored_when_it_is_published(ingest: Running) -> None:
    sent = record(consent=consent(notice="new", version=2))
    assert await ingest.refuse(sent) == ["notice-unknown"]
    await ingest.publish_notice("new", 2)
    await ingest.becomes(sent["id"], "accepted")


async def test_without_a_heartbeat_nobody_can_tell_and_records_wait(tmp_path: Path) -> None:
    async with running_ingest(tmp_path, view=False) as ingest:
        await ingest.publish_notice()
        sent = record()
        assert await ingest.refuse(sent) == ["consent-unknown"]
        await ingest.accept(bare(basis={"kind": "contract", "proof": "x"}, kind="transaction"))
        await ingest.beat()
        await ingest.becomes(sent["id"], "accepted")


async def test_a_stale_view_is_a_failed_answer(tmp_path: Path) -> None:
    async with running_ingest(tmp_path, view_max_age_s=5.0, view=False) as ingest:
        await ingest.publish_notice()
        await ingest.beat(seconds=6)
        assert await ingest.refuse(record()) == ["consent-unknown"]
        await ingest.beat()
        await ingest.accept(record())
