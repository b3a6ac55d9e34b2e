"""Retention: rules with reasons, a dry run first, then every night, with what is left right and what is held spared."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.consents import PurposeState
from kernel.contracts.records import RecordsWithdrawn
from kernel.privacy.purposes import BASIS
from services.ingest.erasure.service import tell_release
from services.ingest.holds.tables import hold
from services.ingest.identity.tables import identifier
from services.ingest.quarantine.tables import quarantine, quarantine_index
from services.ingest.records.tables import attempt, facet
from services.ingest.records.tables import record as record_table
from services.ingest.retention import service
from services.ingest.retention.domain import DEFAULTS, Rule, digest, flaws_of, kinds_of, night_of
from services.ingest.retention.tables import retention_night
from services.ingest.retention.work import Nights
from services.ingest.vault.tables import data_key, grant_use
from tests.running import until
from tests.services.ingest.harness import Running, about, ago, record, running_ingest

WHY = {"vi": "vì", "en": "because"}
NIGHT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""03:00 on the 24th in Vietnam."""


@pytest.fixture
async def ingest(tmp_path: Path, urls: dict[str, str]) -> AsyncIterator[Running]:
    """A running ingest on both engines."""
    async with running_ingest(tmp_path, **urls) as running:
        yield running


engines = pytest.mark.engines


def officer(ingest: Running) -> dict[str, str]:
    return ingest.as_caller("officer", "privacy_officer", "privacy:manage")


async def ask(ingest: Running, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    answer = await ingest.client.request(method, f"/v1/retention{path}", json=body, headers=officer(ingest))
    return answer.status_code, answer.json()


def rule(key: str = "r", **given: Any) -> dict[str, Any]:
    return {"key": key, "days": 30, "reason": WHY, **given}


async def let_loose(ingest: Running, *rules: dict[str, Any]) -> Any:
    """Try rules, make them active; what the dry run said."""
    status, told = await ask(ingest, "POST", "/dry-run", {"rules": list(rules)})
    assert status == 200, told
    status, _ = await ask(
        ingest, "PUT", "", {"active": True, "rules": list(rules), "dry_run": told["dry_run"]}
    )
    assert status == 200
    return told


def nights_of(ingest: Running) -> Nights:
    state = ingest.app.state
    return Nights(state.chassis.database, state.rooms.vault, state.rooms.reader, tell_release)


async def age(
    ingest: Running, table: sa.Table, column: str, days: float, *only: sa.ColumnElement[bool]
) -> None:
    """Let rows be older than they are."""
    async with ingest.app.state.chassis.database.transaction() as tx:
        older = table.c[column] - int(days * 86_400_000_000)
        await tx.execute(sa.update(table).where(*only).values({column: older}))


async def rows_of(ingest: Running, *tables: sa.Table) -> list[int]:
    async with ingest.app.state.chassis.database.snapshot() as data:
        return [await data.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]


def days_ago(days: float) -> str:
    return ago(days=days).isoformat()


def test_the_defaults_fit_together_cover_every_kind_and_say_why() -> None:
    assert flaws_of(DEFAULTS) == []
    kinds = [kind for one in DEFAULTS if one.of == "records" for kind in kinds_of(one, DEFAULTS)]
    assert sorted(kinds) == sorted(BASIS)
    accounting = next(one for one in DEFAULTS if "transaction" in one.kinds)
    assert accounting.days >= 11 * 365
    assert all(len(one.reason["vi"]) > 20 and len(one.reason["en"]) > 20 for one in DEFAULTS)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - hypothesis takes naive bounds
def test_a_night_begins_at_half_past_two_in_vietnam(moment: datetime) -> None:
    """Vietnam has kept UTC+7 since 1975."""
    local = moment + timedelta(hours=7)
    night = night_of(moment.replace(tzinfo=UTC))
    assert night == (local.date().isoformat() if (local.hour, local.minute) >= (2, 30) else None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Rule("a", "records", 1, WHY, kinds=("survey",)), Rule("b", "records", 1, WHY, kinds=("survey",))),
        (Rule("a", "records", 1, WHY, purpose="service"), Rule("b", "records", 1, WHY, purpose="service")),
        (Rule("a", "attempts", 1, WHY), Rule("b", "attempts", 1, WHY)),
        (Rule("a", "attempts", 1, WHY), Rule("a", "quarantine", 1, WHY)),
        (Rule("a", "records", 1, WHY, kinds=("gossip",)), Rule("b", "attempts", 1, WHY)),
        (Rule("a", "records", 1, WHY), Rule("b", "attempts", 1, WHY)),
        (Rule("a", "attempts", 1, WHY, kinds=("survey",)), Rule("b", "quarantine", 1, WHY)),
        (Rule("a", "attempts", 0, WHY), Rule("b", "quarantine", 1, WHY)),
        (Rule("a", "attempts", 1, {"vi": "vì"}), Rule("b", "quarantine", 1, WHY)),
        (Rule("a", "attempts", 1, WHY, "last_seen"), Rule("b", "quarantine", 1, WHY)),
    ],
)
def test_rules_that_contradict_are_refused(first: Rule, second: Rule) -> None:
    assert flaws_of([first, second])


def test_other_rules_have_another_digest() -> None:
    one = Rule("a", "attempts", 1, WHY)
    assert digest([one]) == digest([Rule("a", "attempts", 1, dict(reversed(WHY.items())))])
    assert digest([one]) != digest([msgspec.structs.replace(one, days=2)])


@engines
async def test_nothing_is_deleted_before_somebody_saw_what(ingest: Running) -> None:
    status, policy = await ask(ingest, "GET")
    assert (status, policy["version"], policy["active"]) == (200, 0, False)
    await ingest.accept(record("interaction", occurred_at=days_ago(800)))
    await age(ingest, record_table, "received_at", 800)
    assert await nights_of(ingest).work(NIGHT) is False
    status, refused = await ask(ingest, "PUT", "", {"active": True})
    assert (status, refused["type"].rpartition("/")[2]) == (409, "dry-run-first")
    status, told = await ask(ingest, "POST", "/dry-run", {})
    assert {one["what"]: one["count"] for one in told["items"] if one["count"]} == {"interaction": 1}
    assert await rows_of(ingest, record_table) == [1]
    changed = [{**one, "days": 1} for one in policy["rules"]]
    status, _ = await ask(ingest, "PUT", "", {"active": True, "rules": changed, "dry_run": told["dry_run"]})
    assert status == 409
    status, policy = await ask(ingest, "PUT", "", {"active": True, "dry_run": told["dry_run"]})
    assert (status, policy["version"], policy["changed_by"]) == (200, 1, "officer")
    assert await nights_of(ingest).work(NIGHT) is True
    assert await rows_of(ingest, record_table) == [0]
    assert await nights_of(ingest).work(NIGHT) is False
    (night,) = (await ask(ingest, "GET", "/nights"))[1]["items"]
    assert (night["day"], night["deleted"]["interaction"], night["policy_version"]) == ("2026-11-24", 1, 1)
    assert night["finished_at"] is not None


@engines
async def test_only_who_manages_privacy_may(ingest: Running) -> None:
    for method, path in (("GET", ""), ("PUT", ""), ("POST", "/dry-run"), ("GET", "/nights")):
        body = {"active": False} if method == "PUT" else {}
        answer = await ingest.client.request(method, f"/v1/retention{path}", json=body)
        assert answer.status_code == 403


@engines
async def test_each_kind_is_counted_from_its_own_moment(ingest: Running) -> None:
    old, new = days_ago(40), days_ago(1)
    sent = {
        "old sale": record("transaction", occurred_at=old),
        "new sale": record("transaction", occurred_at=new),
        "late answer": record("survey", occurred_at=old),
        "profile of somebody silent": record(subject=about(phone="0987654321")),
        "profile of somebody heard of": record(),
    }
    await ingest.accept(*sent.values())
    silent = record_table.c.id == sent["profile of somebody silent"]["id"]
    await age(ingest, record_table, "received_at", 40, record_table.c.kind == "profile")
    await age(ingest, record_table, "received_at", 40, silent)
    told = await let_loose(
        ingest,
        rule("sales", since="occurred", kinds=["transaction"]),
        rule("answers", purpose="analytics"),
        rule("people", since="last_seen", kinds=["profile"]),
    )
    assert {one["what"]: one["count"] for one in told["items"] if one["count"]} == {
        "transaction": 1,
        "profile": 1,
    }
    await nights_of(ingest).work(NIGHT)
    left = {what for what, one in sent.items() if await ingest.status_of_or_none(one["id"])}
    assert left == {"new sale", "late answer", "profile of somebody heard of"}


@engines
async def test_what_only_the_old_records_told_goes_and_the_rest_stays_known(ingest: Running) -> None:
    """The oldest record of a facet goes, a younger one that says the same reveals it from now on."""
    day = {"old": days_ago(40), "new": days_ago(1)}
    full = {"identifiers": {"phone": "0912345678"}, "attributes": {"full_name": "Lý Bảo Trân"}}
    (receipt, *_) = await ingest.accept(
        record("profile", occurred_at=day["old"], subject=full),
        record("profile", occurred_at=day["old"], subject=about(phone="0912345678", email="cu@example.com")),
        record("profile", occurred_at=day["new"], subject=full),
    )
    who = receipt["subject_id"]
    assert await rows_of(ingest, facet, identifier) == [2, 2]
    await let_loose(ingest, rule("people", since="occurred", kinds=["profile"]))
    await nights_of(ingest).work(NIGHT)
    assert await rows_of(ingest, record_table, facet, identifier) == [1, 1, 1]
    fields = (await ingest.reveal(ingest.grant(who, "phone", "email", "full_name"))).json()["fields"]
    assert fields == {"phone": "+84912345678", "full_name": "Lý Bảo Trân"}
    assert (await ingest.resolve(email="cu@example.com"))["subject_id"] is None
    assert (await ingest.resolve(phone="0912345678"))["subject_id"] == who
    again = record(subject=about(phone="0912345678", email="cu@example.com"))
    assert (await ingest.accept(again))[0]["subject_id"] == who
    assert (await ingest.reveal(ingest.grant(who, "email"))).json()["fields"] == {"email": "cu@example.com"}
    events = [one for one in await ingest.events("records.accepted") if isinstance(one, RecordsWithdrawn)]
    assert [(one.subject, len(one.record_ids), one.reason) for one in events] == [(who, 2, "retention")]


@engines
async def test_whose_consents_the_ledger_knows_can_still_be_found(ingest: Running) -> None:
    (known,) = await ingest.accept(record(occurred_at=days_ago(40)))
    (unknown,) = await ingest.accept(record(occurred_at=days_ago(40), subject=about(phone="0987654321")))
    await ingest.change_consent(known["subject_id"], 1, service=PurposeState(granted_at=ago(hours=1)))
    await let_loose(ingest, rule("people", since="occurred", kinds=["profile"]))
    await nights_of(ingest).work(NIGHT)
    assert await rows_of(ingest, record_table) == [0]
    assert (await ingest.resolve(phone="0912345678"))["subject_id"] == known["subject_id"]
    assert (await ingest.resolve(phone="0987654321"))["subject_id"] is None
    assert unknown["subject_id"] != known["subject_id"]


@engines
async def test_a_hold_spares_its_kinds_until_it_has_run_out(ingest: Running) -> None:
    (receipt, *_) = await ingest.accept(
        record("transaction", occurred_at=days_ago(40)), record("profile", occurred_at=days_ago(40))
    )
    who = receipt["subject_id"]
    body = {
        "reason": "Thanh tra thuế", "legal_basis": "Luật Kế toán, điều 41", "kinds": ["transaction"],
        "until": ago(days=-1).isoformat(),
    }  # fmt: skip
    answer = await ingest.client.post(f"/v1/subjects/{who}/holds", json=body, headers=officer(ingest))
    assert answer.status_code == 201
    told = await let_loose(ingest, rule("all", since="occurred", purpose="service"))
    assert (told["total"], told["held"]) == (1, 1)
    await nights_of(ingest).work(NIGHT)
    async with ingest.app.state.chassis.database.snapshot() as data:
        assert list((await data.execute(sa.select(record_table.c.kind))).scalars()) == ["transaction"]
    await age_hold(ingest)
    await nights_of(ingest).work(NIGHT + timedelta(days=1))
    assert await rows_of(ingest, record_table) == [0]


async def age_hold(ingest: Running) -> None:
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.update(hold).values(until=1))


@engines
async def test_quarantine_lineage_attempts_and_grants_go_with_their_keys(ingest: Running) -> None:
    sent = record()
    (receipt,) = await ingest.accept(sent)
    await ingest.send(sent)
    await ingest.refuse(record(channel="?", subject=about(phone="0987654321")))
    fixed = record(channel="?")
    await ingest.refuse(fixed)
    await ingest.accept({**fixed, "channel": "web"})
    fresh = record(channel="?")
    await ingest.reveal(ingest.grant(receipt["subject_id"], "phone"))
    await age(ingest, quarantine, "received_at", 40)
    await age(ingest, attempt, "at", 40)
    await age(ingest, grant_use, "expires_at", 40)
    await ingest.refuse(fresh)
    assert await rows_of(ingest, quarantine, attempt, grant_use) == [3, 1, 1]
    rules = [rule("q", of="quarantine"), rule("l", of="lineage"), rule("a", of="attempts")]
    told = await let_loose(ingest, *rules)
    assert [(one["what"], one["count"]) for one in told["items"]] == [
        ("quarantine", 1), ("lineage", 1), ("attempts", 1),
    ]  # fmt: skip
    nights = itertools.count()

    async def gone() -> bool:
        """What somebody holds at that moment, as who judges waiting records does, is left to the next night."""
        await nights_of(ingest).work(NIGHT + timedelta(days=next(nights)))
        return await rows_of(ingest, quarantine, quarantine_index, attempt, grant_use) == [1, 1, 0, 0]

    await until(gone, pause=0.2)
    assert (await ingest.client.get("/v1/quarantine")).json()["items"][0]["record_id"] == fresh["id"]
    async with ingest.app.state.rooms.vault.keyring.snapshot() as keys:
        assert await keys.scalar(sa.select(sa.func.count()).select_from(data_key)) == 2


@engines
async def test_many_are_deleted_in_batches_and_a_crash_is_made_good(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.retention.service.BATCH", 3)
    people = [about(phone=f"09123456{number:02d}") for number in range(10)]
    await ingest.accept(*(record(occurred_at=days_ago(40), subject=one) for one in people))
    await let_loose(ingest, rule("people", since="occurred", kinds=["profile"]))
    calls = []
    inner = service.delete_records

    async def dies_at_the_third(*args: Any) -> dict[str, int]:
        calls.append(args)
        if len(calls) == 3:
            raise OSError("the power went")
        return await inner(*args)

    with monkeypatch.context() as broken:
        broken.setattr("services.ingest.retention.service.delete_records", dies_at_the_third)
        with pytest.raises(OSError, match="power"):
            await nights_of(ingest).work(NIGHT)
    assert await rows_of(ingest, record_table) == [4]
    assert await nights_of(ingest).work(NIGHT) is False
    await age(ingest, retention_night, "lease_until", 1)
    assert await nights_of(ingest).work(NIGHT) is True
    assert await rows_of(ingest, record_table, identifier, facet) == [0, 0, 0]
    (night,) = (await ask(ingest, "GET", "/nights"))[1]["items"]
    assert night["deleted"]["profile"] == 10


@engines
async def test_of_several_processes_one_works_the_night(tmp_path: Path, server_urls: dict[str, str]) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(running_ingest(tmp_path, **server_urls))
        apart = {"view": False, "log_url": f"sqlite:///{tmp_path}/second.db"}
        second = await stack.enter_async_context(running_ingest(tmp_path, **server_urls, **apart))
        people = [about(phone=f"09123456{number:02d}") for number in range(30)]
        await first.accept(*(record(occurred_at=days_ago(40), subject=one) for one in people))
        await let_loose(first, rule("people", since="occurred", kinds=["profile"]))
        done = await asyncio.gather(*(nights_of(one).work(NIGHT) for one in (first, second, first, second)))
        assert sorted(done) == [False, False, False, True]
        (night,) = (await ask(second, "GET", "/nights"))[1]["items"]
        assert night["deleted"]["profile"] == 30
        told = [one for one in await first.events("records.accepted") if isinstance(one, RecordsWithdrawn)]
        assert sum(len(one.record_ids) for one in told) == 30
