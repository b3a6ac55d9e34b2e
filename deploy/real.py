"""`make real`: real transactions and real reviews through the gateway's API, a study over them, its personas."""

import asyncio
import csv
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx2
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.demo.connect import call, open_client, read_credentials
from deploy.demo.people import invent_person
from deploy.engines import free_port

console = Console()
ROOT = Path(__file__).parents[1]
MAX_BYTES = 4_000_000
CONSENT = {
    "notice": "core",
    "version": 1,
    "purposes": ["service", "analytics", "profiling"],
    "method": "app",
    "captured_at": "2010-11-30T09:00:00+00:00",
}
STUDY = {
    "name": "Khách mua quà tặng",
    "objective": "Who buys again, and what keeps them",
    "audience": {},
    "success_metric": {"kind": "repeat_purchase", "horizon_days": 60},
    "purpose": "profiling",
    "window": {"from": "2010-12-01T00:00:00+00:00", "to": "2011-08-31T23:59:59+00:00"},
}


def main() -> int:
    """Exit codes: 0 done or skipped for want of the data, 1 it did not work."""
    data = Path(os.environ.get("CHANDUNG_DATA", ROOT.parent / "shared" / "data"))
    sales = data / "customers" / "online_retail" / "transactions.parquet"
    reviews = data / "social" / "uit_visfd" / "data.csv"
    absent = [str(path.relative_to(data)) for path in (sales, reviews) if not path.exists()]
    if absent:
        console.print(
            f"Skipped: {', '.join(absent)} not found. Set CHANDUNG_DATA to the folder that holds them."
        )
        return 0
    folder = Path(os.environ.get("DATA_DIR", "var")).resolve() / "real"
    shutil.rmtree(folder, ignore_errors=True)
    with platform(folder) as address:
        return asyncio.run(run(address, folder / "data", sales, reviews))


@contextmanager
def platform(folder: Path) -> Iterator[str]:
    """An embedded platform of its own over an empty folder; yields its address."""
    folder.mkdir(parents=True)
    port = free_port()
    place = {
        "DATA_DIR": str(folder / "data"),
        "KEY_DIR": str(folder / "keys"),
        "PORT": str(port),
        "DEMO": "0",
    }
    with (folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up"], env={**os.environ, **place}, stdout=out, stderr=out
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_ready(address, process, folder)
        yield address
    finally:
        process.terminate()
        process.wait(40)


def _wait_ready(address: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx2.get(f"{address}/readyz", timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"The platform did not come up; see {folder / 'out.txt'}.")


async def run(address: str, data_dir: Path, sales: Path, reviews: Path) -> int:
    """Import, study, read back; prints what came of it."""
    async with open_client(read_credentials(data_dir), base_url=address) as client:
        with Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as bars:
            orders, skipped = orders_of(sales)
            sold = await _send_all(client, bars, "orders", "/v1/records/batch", "records", orders)
            heard = await _send_all(
                client, bars, "reviews", "/v1/mentions/batch", "mentions", mentions_of(reviews)
            )
            study = (await call(client, "POST", "/v1/studies", json=STUDY)).json()["id"]
            await _await_facts(client, bars, study)
            answer = await _await_run(client, bars, study)
        cards = [
            (await call(client, "GET", f"/v1/personas/{persona}")).json() for persona in answer["personas"]
        ]
    console.print(f"{skipped} transaction lines without a customer were not sent.")
    console.print(f"orders: {sold}; reviews: {heard}")
    console.print(f"run: {answer['state']} {answer.get('reasons') or ''}; quality {answer.get('quality')}")
    console.print(_table(cards))
    return 0 if answer["state"] == "done" and cards else 1


def orders_of(path: Path) -> tuple[list[dict[str, Any]], int]:
    """One record an order (invoice), for customers with invented Vietnamese identities; and the lines left out."""
    import pyarrow.parquet as pq

    lines = pq.read_table(path).to_pylist()
    orders: dict[tuple[Any, str], list[dict[str, Any]]] = {}
    skipped = 0
    for line in lines:
        if line["customer_id"] is None:
            skipped += 1
            continue
        orders.setdefault((line["customer_id"], line["invoice_no"]), []).append(line)
    rng = random.Random(20)  # noqa: S311 - invented people, no secrets
    people = {
        customer: invent_person(rng, serial)
        for serial, customer in enumerate(sorted({key[0] for key in orders}))
    }
    return [
        _order(customer, invoice, rows, people[customer]) for (customer, invoice), rows in orders.items()
    ], skipped


def _order(
    customer: Any, invoice: str, lines: list[dict[str, Any]], person: dict[str, Any]
) -> dict[str, Any]:
    items = [
        {
            "sku": line["stock_code"],
            "name": line["description"] or line["stock_code"],
            "quantity": abs(line["quantity"]),
            "unit_price": round(abs(line["unit_price"]) * 100),
        }
        for line in lines
    ]
    at: datetime = lines[0]["invoice_ts"]
    return {
        "id": str(uuid5(NAMESPACE_URL, f"order:{customer}:{invoice}")),
        "source": "default",
        "channel": "transaction",
        "kind": "transaction",
        "occurred_at": (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(),
        "subject": {
            "identifiers": {
                "external_id": f"retail:{customer}",
                "phone": person["phone"],
                "email": person["email"],
            },
            "attributes": {name: person[name] for name in ("full_name", "gender", "date_of_birth")},
        },
        "payload": {
            "order_id": invoice,
            "items": items,
            "total": sum(item["quantity"] * item["unit_price"] for item in items),
            "currency": "GBP",
            "returned": invoice.startswith("C"),
        },
        "consent": CONSENT,
    }


def mentions_of(path: Path) -> list[dict[str, Any]]:
    """One mention a review, over the last ninety days: the data set has no dates."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    start = datetime.now(UTC) - timedelta(days=90)
    return [
        {
            "id": f"review-{number}",
            "platform": "other",
            "author": {"handle": f"reviewer-{number}"},
            "text": row["text"],
            "url": f"https://example.com/reviews/{number}",
            "published_at": (start + timedelta(minutes=14 * number)).isoformat(),
            "rating": float(row["stars"]),
        }
        for number, row in enumerate(rows)
    ]


async def _send_all(
    client: httpx2.AsyncClient, bars: Progress, name: str, path: str, field: str, items: list[dict[str, Any]]
) -> str:
    task, counts, started = bars.add_task(name, total=len(items)), Counter[str](), time.perf_counter()
    for batch, body in _bodies(field, items):
        reply = await call(client, "POST", path, content=body, headers={"Content-Type": "application/json"})
        counts.update(receipt["status"] for receipt in reply.json()["receipts"])
        bars.advance(task, batch)
    seconds = time.perf_counter() - started
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    return f"{told} in {seconds:.1f} s ({len(items) / seconds:,.0f}/s)"


def _bodies(field: str, items: Iterable[dict[str, Any]], *, most: int = 500) -> Iterator[tuple[int, bytes]]:
    """Batches of at most `most` items and MAX_BYTES bytes, with their number of items."""
    waiting: list[bytes] = []
    size = 0
    for item in items:
        encoded = msgspec.json.encode(item)
        if waiting and (len(waiting) == most or size + len(encoded) > MAX_BYTES):
            yield len(waiting), b'{"%s":[%s]}' % (field.encode(), b",".join(waiting))
            waiting, size = [], 0
        waiting.append(encoded)
        size += len(encoded) + 1
    if waiting:
        yield len(waiting), b'{"%s":[%s]}' % (field.encode(), b",".join(waiting))


async def _await_facts(client: httpx2.AsyncClient, bars: Progress, study: str) -> None:
    task, sent = bars.add_task("facts", total=None), datetime.now(UTC)
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        coverage = (await call(client, "GET", f"/v1/studies/{study}/coverage")).json()
        bars.update(task, completed=coverage["facts"])
        if coverage.get("facts_until") and datetime.fromisoformat(coverage["facts_until"]) >= sent:
            bars.update(task, total=coverage["facts"])
            return
        await asyncio.sleep(0.5)
    raise RuntimeError("The facts did not arrive in ten minutes.")


async def _await_run(client: httpx2.AsyncClient, bars: Progress, study: str) -> dict[str, Any]:
    run_id = (await call(client, "POST", f"/v1/studies/{study}/runs")).json()["id"]
    task = bars.add_task("run", total=100)
    while True:
        answer: dict[str, Any] = (await call(client, "GET", f"/v1/runs/{run_id}")).json()
        bars.update(task, completed=round(100 * float(answer.get("progress") or 0)))
        if answer["state"] in ("done", "failed", "refused"):
            return answer
        await asyncio.sleep(0.5)


def _table(cards: list[dict[str, Any]]) -> Table:
    table = Table("Persona", "People", "Share", "Stability", "What sets them apart", title_justify="left")
    for card in cards:
        told = [item for items in card["components"].values() for item in items if item.get("lift")]
        told.sort(key=lambda item: abs(float(item["lift"]) - 1), reverse=True)
        features = "; ".join(f"{item['label']} ×{float(item['lift']):.1f}" for item in told[:3])
        table.add_row(
            card["name"], str(card["n"]), f"{card['share']:.1%}", f"{card['stability']:.2f}", features
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
