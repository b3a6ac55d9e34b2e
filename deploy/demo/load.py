"""Feeds the demo to a running gateway through the public API alone, and asks it for portraits."""

import asyncio
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2

from deploy.demo.company import SEED, mentions, records, withdrawals
from deploy.demo.connect import call, open_client, read_credentials
from deploy.demo.memory import Memory, recall
from deploy.demo.scene import Scene, set_scene
from deploy.demo.stages import Silence, Watcher
from deploy.demo.study import study_body, topic_bodies

BATCH = 500


class Stalled(Exception):
    """The platform did not get there in time; says at which stage and how far it was."""


@dataclass(frozen=True)
class Size:
    """How much of the demo to load."""

    customers: int = 600
    mentions: int = 800
    seed: int = SEED


@dataclass(frozen=True)
class Pace:
    """Seconds between two looks, and how long a stage may take before it counts as stalled."""

    poll_s: float = 0.5
    patience_s: float = 300.0


@dataclass(frozen=True)
class PersonaShare:
    """One portrait found: its share of the audience (0..1) and head count, None where suppressed."""

    id: str
    name: str
    share: float | None
    n: int | None


@dataclass(frozen=True)
class Summary:
    """What came of it: receipts by status, reasons of quarantine by code, the run and its portraits."""

    records: dict[str, int]
    reasons: dict[str, int]
    mentions: dict[str, int]
    withdrawn: int
    study_id: str
    run_id: str
    run_state: str
    run_reasons: tuple[Any, ...]
    personas: tuple[PersonaShare, ...]
    seconds: float


@dataclass
class _Loading:
    client: httpx2.AsyncClient
    scene: Scene
    memory: Memory
    progress: Watcher
    size: Size
    pace: Pace
    latest: datetime
    """The gateway's clock at the last receipt."""

    def deadline(self) -> float:
        return time.monotonic() + self.pace.patience_s


def _batches(bodies: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(bodies)
    return iter(lambda: list(islice(waiting, BATCH)), [])


def _packed(body: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(body, ensure_ascii=False).encode(), compresslevel=5, mtime=0)


def _clock(response: httpx2.Response) -> datetime:
    """The server's time at this answer, never too early; ours where it does not say (no network in between)."""
    told = response.headers.get("Date")
    return parsedate_to_datetime(told) + timedelta(seconds=1) if told else datetime.now(UTC)


async def _make(loading: _Loading, name: str, path: str, body: dict[str, Any] | None, key: str = "") -> str:
    """The id of what is made once: remembered, else created under a key that survives a crash in between."""
    known = loading.memory.ids.get(name)
    if known is not None and not key:
        return known
    headers = {"Idempotency-Key": loading.scene.id_of(f"make:{name}:{key}")}
    response = await call(loading.client, "POST", path, json=body, headers=headers)
    return loading.memory.keep(name, str(response.json()["id"]))


async def _send_topics(loading: _Loading) -> None:
    bodies = topic_bodies()
    loading.progress.begin("topics", len(bodies))
    for n, body in enumerate(bodies, 1):
        await _make(loading, f"topic:{body['name']}", "/v1/topics", body)
        loading.progress.reach("topics", n)


async def _send_records(loading: _Loading) -> tuple[Counter[str], Counter[str]]:
    """In order and one batch at a time: a profile with its consent comes before what rests on it."""
    size, statuses, reasons = loading.size, Counter[str](), Counter[str]()
    bodies = list(records(seed=size.seed, customers=size.customers, now=loading.scene.now))
    loading.progress.begin("records", len(bodies))
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for batch in _batches(bodies):
        content = _packed({"records": batch})
        response = await call(loading.client, "POST", "/v1/records/batch", content=content, headers=headers)
        receipts = response.json()["receipts"]
        statuses.update(receipt["status"] for receipt in receipts)
        refused = [receipt for receipt in receipts if receipt["status"] == "quarantined"]
        reasons.update(reason["code"] for receipt in refused for reason in receipt.get("reasons", []))
        loading.latest = _clock(response)
        loading.progress.reach("records", statuses.total())
    return statuses, reasons


async def _send_mentions(loading: _Loading) -> Counter[str]:
    size, statuses = loading.size, Counter[str]()
    bodies = list(mentions(seed=size.seed, count=size.mentions, now=loading.scene.now))
    loading.progress.begin("mentions", len(bodies))
    for batch in _batches(bodies):
        response = await call(loading.client, "POST", "/v1/mentions/batch", json={"mentions": batch})
        statuses.update(receipt["status"] for receipt in response.json()["receipts"])
        loading.progress.reach("mentions", statuses.total())
    return statuses


async def _send_withdrawals(loading: _Loading) -> int:
    bodies = list(withdrawals(seed=loading.size.seed, customers=loading.size.customers))
    loading.progress.begin("withdrawals", len(bodies))
    done = int(loading.memory.ids.get("withdrawn", "0"))
    loading.progress.reach("withdrawals", done)
    for n, body in enumerate(bodies[done:], done + 1):
        await call(loading.client, "POST", "/v1/consents/withdraw", json=body)
        loading.memory.keep("withdrawn", str(n))
        loading.progress.reach("withdrawals", n)
    return len(bodies)


async def _await_facts(loading: _Loading, study: str) -> None:
    """Until every fact received so far is in the lake. Stalled after the pace's patience."""
    loading.progress.begin("facts", 1)
    deadline = loading.deadline()
    while True:
        coverage = (await call(loading.client, "GET", f"/v1/studies/{study}/coverage")).json()
        until = coverage.get("facts_until")
        if until and datetime.fromisoformat(until) >= loading.latest:
            return loading.progress.reach("facts", 1, f"{coverage.get('facts', '?')} facts")
        if time.monotonic() > deadline:
            raise Stalled(f"facts: in up to {until}, wanted {loading.latest.isoformat()}")
        await asyncio.sleep(loading.pace.poll_s)


async def _await_run(loading: _Loading, run: str) -> dict[str, Any]:
    """The run at its end, whether done, failed or refused. Stalled after the pace's patience."""
    loading.progress.begin("run", 1)
    deadline = loading.deadline()
    while True:
        answer: dict[str, Any] = (await call(loading.client, "GET", f"/v1/runs/{run}")).json()
        loading.progress.reach("run", float(answer.get("progress") or 0), str(answer.get("stage") or ""))
        if answer["state"] in ("done", "failed", "refused"):
            return answer
        if time.monotonic() > deadline:
            raise Stalled(f"run: {answer['state']}, stage {answer.get('stage')}")
        await asyncio.sleep(loading.pace.poll_s)


async def _portray(loading: _Loading, study: str) -> tuple[str, dict[str, Any]]:
    """The study's run: the remembered one, a new one where there is none or it failed."""
    path, before = f"/v1/studies/{study}/runs", loading.memory.ids.get("run")
    run = before or await _make(loading, "run", path, None)
    answer = await _await_run(loading, run)
    if before is not None and answer["state"] == "failed":
        run = await _make(loading, "run", path, None, key=before)
        answer = await _await_run(loading, run)
    return run, answer


async def _read_personas(loading: _Loading, ids: list[str]) -> tuple[PersonaShare, ...]:
    loading.progress.begin("personas", len(ids))
    found = []
    for n, persona in enumerate(ids, 1):
        card = (await call(loading.client, "GET", f"/v1/personas/{persona}")).json()
        found.append(PersonaShare(card["id"], card["name"], card.get("share"), card.get("n")))
        loading.progress.reach("personas", n, card["name"])
    return tuple(found)


async def load(
    client: httpx2.AsyncClient,
    *,
    progress: Watcher | None = None,
    memory: Path | None = None,
    now: datetime | None = None,
    size: Size | None = None,
    pace: Pace | None = None,
) -> Summary:
    """Load the demo: topics, records, mentions, withdrawals, one study and its run; then read the portraits.

    `client` speaks for the operator (`connect.open_client`). `memory` is a file (`$DATA_DIR/demo.json`) that lets a
    second call, or one after a crash, resume: what was stored is a duplicate, what was made is found again, nothing
    changes. Without it only calls with the same `now` in 24 hours do so. `now` (default: an hour ago, on the hour) must
    not lie in the future.

    Raises `GatewayRefused`, `Stalled`, `ValueError` (another `now` than remembered) and the transport's errors. A run
    that fails or is refused is no error here: see the summary's `run_state`.
    """
    began, kept, size = time.monotonic(), recall(memory, now), size or Size()
    scene = set_scene(size.seed, kept.now)
    loading = _Loading(client, scene, kept, progress or Silence(), size, pace or Pace(), datetime.now(UTC))
    await _send_topics(loading)
    statuses, reasons = await _send_records(loading)
    heard = await _send_mentions(loading)
    withdrawn = await _send_withdrawals(loading)
    study = await _make(loading, "study", "/v1/studies", study_body(scene.now))
    await _await_facts(loading, study)
    run, answer = await _portray(loading, study)
    if answer["state"] == "done":
        kept.keep("done", run)
    return Summary(
        records=dict(statuses),
        reasons=dict(reasons),
        mentions=dict(heard),
        withdrawn=withdrawn,
        study_id=study,
        run_id=run,
        run_state=str(answer["state"]),
        run_reasons=tuple(answer.get("reasons") or ()),
        personas=await _read_personas(loading, list(answer.get("personas") or ())),
        seconds=time.monotonic() - began,
    )


async def load_into(
    data_dir: Path, *, progress: Watcher | None = None, size: Size | None = None, base_url: str | None = None
) -> Summary:
    """`load` as the operator of `data_dir`'s `credentials.json`, remembered in its `demo.json`.

    FileNotFoundError before the platform's first start; otherwise as `load`.
    """
    async with open_client(read_credentials(data_dir), base_url=base_url) as client:
        return await load(client, progress=progress, memory=data_dir / "demo.json", size=size)
