"""The loader resumes, renews its token, waits for facts and tells what came of it."""

import json
from pathlib import Path

import httpx2
import pytest

from deploy.demo.company import withdrawals
from deploy.demo.connect import GatewayRefused, open_client
from deploy.demo.load import BATCH, Pace, Size, Stalled, Summary, load
from deploy.demo.stages import LABELS
from tests.deploy.demo.gateway_double import CREDENTIALS, Gateway

SIZE = Size(customers=120, mentions=60)


class Notes:
    """Remembers what the loader reported."""

    def __init__(self) -> None:
        self.totals: dict[str, float] = {}
        self.done: dict[str, float] = {}

    def begin(self, stage: str, total: float) -> None:
        self.totals[stage] = total

    def reach(self, stage: str, done: float, note: str = "") -> None:
        self.done[stage] = done


async def _load(
    gateway: Gateway, memory: Path | None, *, notes: Notes | None = None, patience: float = 5
) -> Summary:
    async with open_client(CREDENTIALS, transport=httpx2.MockTransport(gateway.answer)) as client:
        return await load(client, progress=notes, memory=memory, size=SIZE, pace=Pace(0, patience))


async def test_all_is_sent_counted_and_the_portraits_read(tmp_path: Path) -> None:
    gateway, notes = Gateway(), Notes()
    summary = await _load(gateway, tmp_path / "demo.json", notes=notes)
    assert summary.records["accepted"] == len(gateway.records) > 1000
    assert summary.records["duplicate"] == 25
    assert summary.records["conflict"] == 3
    assert summary.reasons == {"id-invalid": 1}
    assert summary.mentions == {"accepted": 60, "conflict": 5, "duplicate": 5}
    assert gateway.withdrawn == list(withdrawals(customers=120))
    assert summary.run_state == "done"
    assert [(p.name, p.share, p.n) for p in summary.personas] == [
        ("Khách p1", 0.5, 240),
        ("Khách p2", 0.5, 240),
    ]
    assert max(gateway.batches) == BATCH
    assert list(notes.totals) == list(LABELS)
    assert notes.done["records"] == notes.totals["records"] == sum(summary.records.values())


async def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    gateway = Gateway()
    first = await _load(gateway, tmp_path / "demo.json")
    stored, withdrawn = dict(gateway.records), list(gateway.withdrawn)
    gateway.made.clear()  # a day later the gateway has forgotten the idempotency keys
    second = await _load(gateway, tmp_path / "demo.json")
    assert (gateway.records, gateway.made, gateway.withdrawn, gateway.runs) == (stored, {}, withdrawn, 1)
    assert "accepted" not in second.records
    assert (second.study_id, second.run_id, second.personas) == (first.study_id, first.run_id, first.personas)


async def test_what_was_made_before_a_crash_is_found_again_without_memory_of_it(tmp_path: Path) -> None:
    gateway, path = Gateway(), tmp_path / "demo.json"
    await _load(gateway, path)
    made = dict(gateway.made)
    path.write_text(json.dumps({**json.loads(path.read_text()), "ids": {}}))
    await _load(gateway, path)
    assert gateway.made == made


async def test_an_expired_token_and_a_busy_gateway_are_no_obstacle(tmp_path: Path) -> None:
    gateway = Gateway(token_uses=5, busy=3)
    summary = await _load(gateway, tmp_path / "demo.json")
    assert gateway.tokens > 2
    assert summary.run_state == "done"


async def test_a_failed_run_is_told_and_tried_anew_by_the_next_load(tmp_path: Path) -> None:
    gateway = Gateway(run_states=["running", "failed"])
    first = await _load(gateway, tmp_path / "demo.json")
    assert (first.run_state, first.run_reasons, first.personas) == ("failed", ({"code": "unstable"},), ())
    gateway.run_states = ["failed", "running", "done"]
    second = await _load(gateway, tmp_path / "demo.json")
    assert second.run_state == "done"
    assert second.run_id != first.run_id
    assert gateway.runs == 2


async def test_a_wrong_secret_is_refused_with_the_problems_type() -> None:
    wrong = {**CREDENTIALS, "operator": {"client_id": "op", "client_secret": "wrong"}}
    async with open_client(wrong, transport=httpx2.MockTransport(Gateway().answer)) as client:
        with pytest.raises(GatewayRefused, match="client-unknown") as refused:
            await load(client, size=SIZE)
    assert refused.value.status == 401


async def test_facts_that_never_arrive_stall_the_load_with_the_stage(tmp_path: Path) -> None:
    with pytest.raises(Stalled, match="facts"):
        await _load(Gateway(facts_lag=10**9), tmp_path / "demo.json", patience=0.05)
