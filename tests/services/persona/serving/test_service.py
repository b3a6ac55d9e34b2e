"""The whole service: events in, portraits and answers out, within consent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sklearn.metrics import adjusted_rand_score

from kernel.contracts.privacy import ErasureRequested
from kernel.ids import new_id
from kernel.log.port import Batch
from tests.kernel.telemetry.recorded import kept
from tests.running import from_the_start, until
from tests.services.persona.archetypes import Customers, customers, record
from tests.services.persona.running import Persona, consented, running

NOW = datetime.now(UTC)
STUDY = {
    "name": "Khách hàng",
    "objective": "Chăm sóc đúng nhóm khách.",
    "success_metric": {"kind": "repeat_purchase", "horizon_days": 90},
    "audience": {},
    "purpose": "profiling",
    "window": {"from": (NOW - timedelta(days=365)).isoformat(), "to": NOW.isoformat()},
}


async def study(persona: Persona, **changes: Any) -> str:
    """A study's id."""
    reply = await persona.ask("POST", "/v1/studies", {**STUDY, **changes})
    assert reply.status == 201, reply.body
    return str(msgspec.json.decode(reply.body)["id"])


async def finished(persona: Persona, study_id: str) -> dict[str, Any]:
    """A run of the study at its end."""
    reply = await persona.ask("POST", f"/v1/studies/{study_id}/runs")
    assert reply.status == 202
    path = f"/v1/runs/{msgspec.json.decode(reply.body)['id']}"

    async def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = await persona.get(path)
        return run if run["state"] in ("done", "failed", "refused") else None

    found: dict[str, Any] = await until(ended, within=120)
    return found


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[tuple[Persona, Customers]]:
    """A service that knows 120 consenting customers and one who does not consent."""
    planted = customers(120, end=NOW)
    async with running(tmp_path) as persona:
        await persona.feed.send(*planted.events, *(consented(person) for person in planted.kind_of))
        await persona.feed.beat()
        await until(persona.all_applied)
        yield persona, planted


async def test_a_study_without_objective_or_metric_is_refused_with_pointers(persona: Persona) -> None:
    for missing in ("objective", "success_metric"):
        reply = await persona.ask("POST", "/v1/studies", {k: v for k, v in STUDY.items() if k != missing})
        assert reply.status == 422
        assert f'"pointer":"/{missing}"' in reply.body.decode()
    reply = await persona.ask("POST", "/v1/studies", {**STUDY, "objective": " "})
    assert reply.status == 422
    assert msgspec.json.decode(reply.body)["type"].endswith("/study-refused")


async def test_doors_open_by_scope_and_purpose(persona: Persona) -> None:
    assert (
        await persona.ask("POST", "/v1/studies", STUDY, scopes=frozenset({"personas:read"}))
    ).status == 403
    assert (await persona.ask("POST", "/v1/studies", STUDY, purposes=frozenset())).status == 403
    path = f"/v1/subjects/{new_id()}/persona"
    assert (await persona.ask("GET", path)).status == 400
    assert (await persona.ask("GET", f"{path}?purpose=marketing")).status == 422
    assert (await persona.ask("GET", f"{path}?purpose=profiling", purposes=frozenset())).status == 403


async def test_what_is_not_there_is_not_found_and_an_empty_lake_is_said_to_be_empty(persona: Persona) -> None:
    for path in ("studies", "runs", "personas"):
        assert (await persona.ask("GET", f"/v1/{path}/{new_id()}")).status == 404
        assert (await persona.ask("GET", f"/v1/{path}/nonsense")).status == 404
    study_id = await study(persona)
    coverage = await persona.get(f"/v1/studies/{study_id}/coverage")
    assert (coverage["customers"], coverage["facts"], coverage["enough"]) == (0, 0, False)
    run = await finished(persona, study_id)
    assert (run["state"], run["reasons"][0]["code"]) == ("refused", "no-facts")
    assert len((await persona.get("/v1/attributes"))["items"]) >= 25


async def test_a_view_of_consents_that_is_too_old_is_a_denial(persona: Persona) -> None:
    reply = await persona.ask("GET", f"/v1/subjects/{new_id()}/persona?purpose=profiling")
    assert reply.status == 503
    assert msgspec.json.decode(reply.body)["type"].endswith("/consent-unknown")


async def test_from_events_to_portraits_and_back_to_the_person(full: tuple[Persona, Customers]) -> None:
    persona, planted = full
    study_id = await study(persona)
    await persona.feed.send(record(new_id(), "interaction", {"name": "v"}, at=NOW - timedelta(days=1)))
    await until(persona.all_applied)
    coverage = await persona.get(f"/v1/studies/{study_id}/coverage")
    assert (coverage["customers"], coverage["with_consent"], coverage["enough"]) == (121, 120, True)

    run = await finished(persona, study_id)
    assert (run["state"], run["progress"], run["quality"]["k"]) == ("done", 1.0, 4)
    listed = (await persona.get(f"/v1/personas?study={study_id}&limit=3"))["items"]
    assert {item["id"] for item in listed} < set(run["personas"])

    card = await persona.get(f"/v1/personas/{run['personas'][0]}")
    assert card["version"] == 1
    assert set(card["mistakes"]) == {
        "unfair_criteria", "too_little_interaction", "not_updated", "unprofessional_method", "no_objective",
    }  # fmt: skip
    assert all(check["status"] == "green" for check in card["mistakes"].values())
    assert card["freshness"]["fresh"]
    face = await persona.ask("GET", card["face"])
    assert face.body.startswith(b"<svg")
    assert not (await persona.get(f"/v1/personas/{card['id']}/fairness"))["blocked"]

    await persona.feed.beat()
    await until(persona.all_applied)
    people = list(planted.kind_of)[:12]
    answers = [await persona.get(f"/v1/subjects/{person}/persona?purpose=profiling") for person in people]
    assert (
        adjusted_rand_score([planted.kind_of[p] for p in people], [a["persona_id"] for a in answers]) >= 0.9
    )
    assert answers[0]["why"]

    second = await finished(persona, study_id)
    assert set(second["personas"]) == set(run["personas"])
    history = (await persona.get(f"/v1/personas/{card['id']}/history"))["items"]
    assert [version["version"] for version in history] == [2, 1]
    assert history[0]["changes"] == []
    published = await _published(persona)
    assert [event["persona_version"] for event in published] == [1] * 4 + [2] * 4


async def test_consent_and_erasure_are_kept_at_the_door(full: tuple[Persona, Customers]) -> None:
    persona, planted = full
    await finished(persona, await study(persona))
    ended, restricted, erased, *_ = planted.kind_of
    request = {"id": new_id(), "version": 1, "subject": None, "occurred_at": NOW, "recorded_at": NOW}
    await persona.feed.send(
        consented(ended, ledger_version=2, granted=False),
        consented(ended, ledger_version=1),  # late and older: changes nothing
        consented(restricted, ledger_version=2, restricted=True),
        ErasureRequested(**request, request_id=new_id(), origins=(erased,)),
    )
    await persona.feed.beat()
    await until(persona.all_applied)
    asked = [
        await persona.ask("GET", f"/v1/subjects/{p}/persona?purpose=profiling")
        for p in (ended, restricted, erased)
    ]
    assert [reply.status for reply in asked] == [403, 403, 410]

    async def confirmed() -> int:
        return sum((await persona.log.ends(["privacy.confirmed"])).values())

    assert await until(confirmed) == 1
    lake = Path(persona.app.state.chassis.settings.data_dir) / "lake"
    assert not [path for path in lake.rglob("*.parquet") if erased.encode() in path.read_bytes()]
    await persona.feed.send(record(erased, "interaction", {"name": "v"}), consented(erased, ledger_version=9))
    await persona.feed.beat()
    await until(persona.all_applied)
    assert not [path for path in lake.rglob("*.parquet") if erased.encode() in path.read_bytes()]
    reply = await persona.ask("GET", f"/v1/subjects/{erased}/persona?purpose=profiling")
    assert reply.status == 410


async def test_a_run_that_a_stop_interrupted_is_done_after_the_start(tmp_path: Path) -> None:
    planted = customers(80, end=NOW)
    async with running(tmp_path) as persona:
        await persona.feed.send(*planted.events, *(consented(person) for person in planted.kind_of))
        await until(persona.all_applied)
        reply = await persona.ask("POST", f"/v1/studies/{await study(persona)}/runs")
        path = f"/v1/runs/{msgspec.json.decode(reply.body)['id']}"

        async def begun() -> bool:
            return bool((await persona.get(path))["state"] == "running")

        await until(begun)
    async with running(tmp_path) as persona:

        async def done() -> bool:
            return bool((await persona.get(path))["state"] == "done")

        await until(done, within=120)
    assert not list((tmp_path / "data" / "runs").iterdir())


async def _published(persona: Persona) -> list[dict[str, Any]]:
    """What was said on `personas.changed`, in the order of versions."""

    async def everything() -> list[dict[str, Any]]:
        subscription = await persona.log.subscribe("test", ["personas.changed"], from_the_start)
        batches: list[Batch] = await subscription.next(wait=1.0, limit=100)
        await subscription.close()
        events = [msgspec.json.decode(message.value) for batch in batches for message in batch.messages]
        return sorted(events, key=lambda event: event["persona_version"]) if len(events) >= 8 else []

    found: list[dict[str, Any]] = await until(everything)
    return found


async def test_a_run_is_a_trace_of_its_own_and_names_nobody(tmp_path: Path) -> None:
    with kept() as spans:
        async with running(tmp_path) as persona:
            assert (await finished(persona, await study(persona)))["state"] == "refused"
    made = [span for span in spans.get_finished_spans() if span.kind.name == "INTERNAL"]
    assert [(span.name, span.parent, dict(span.attributes or {})) for span in made] == [
        ("run study", None, {})
    ]
    names = {span.name for span in spans.get_finished_spans() if span.kind.name == "SERVER"}
    assert names == {"POST /v1/studies", "POST /v1/studies/{study}/runs", "GET /v1/runs/{run}"}
