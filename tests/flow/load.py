"""A client that does not give up: sends batches until each is acknowledged, whatever dies meanwhile."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

COLLECTOR = "staff-kill"


def sale(number: int) -> dict[str, Any]:
    """A sale to one of 40 invented people, taken down by one collector."""
    now = datetime.now(UTC) - timedelta(minutes=2)
    return {
        "id": str(uuid4()),
        "source": "default",
        "channel": "transaction",
        "kind": "transaction",
        "occurred_at": now.isoformat(),
        "subject": {"identifiers": {"phone": f"0905{number % 40:06d}"}},
        "payload": {
            "order_id": f"D{number}",
            "items": [
                {"sku": "A", "name": "Cà phê", "category": "đồ uống", "quantity": 1, "unit_price": 25000}
            ],
            "total": 25000,
            "currency": "VND",
        },
        "consent": {
            "notice": "core",
            "version": 1,
            "purposes": ["service", "analytics", "profiling"],
            "method": "app",
            "captured_at": now.isoformat(),
        },
        "collector": {"id": COLLECTOR, "started_at": now.isoformat(), "duration_ms": 60000},
    }


class Persistent(threading.Thread):
    """Sends `batches` of 25 sales, each again and again until it is acknowledged."""

    def __init__(self, base_url: str, client: dict[str, str], batches: int) -> None:
        super().__init__(daemon=True)
        self.base_url, self.client, self.batches = base_url, client, batches
        self.acknowledged: list[Any] = []
        self.refused: list[Any] = []

    def run(self) -> None:
        """Until every batch is acknowledged."""
        for batch in range(self.batches):
            records = [sale(batch * 25 + number) for number in range(25)]
            while not self._sent(records):
                time.sleep(0.1)
            time.sleep(0.02)

    def _sent(self, records: list[dict[str, Any]]) -> bool:
        try:
            with httpx2.Client(base_url=self.base_url, timeout=10) as http:
                auth = (self.client["client_id"], self.client["client_secret"])
                token = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=auth)
                headers = {"Authorization": f"Bearer {token.raise_for_status().json()['access_token']}"}
                reply = http.post("/v1/records/batch", json={"records": records}, headers=headers)
                reply.raise_for_status()
        except (httpx2.HTTPError, KeyError):
            return False
        receipts = reply.json()["receipts"]
        for one in receipts:
            waits = [reason["code"] for reason in one.get("reasons", [])] == ["consent-unknown"]
            kept = one["status"] in ("accepted", "duplicate") or waits  # waiting is judged again by itself
            (self.acknowledged if kept else self.refused).append(one["id"] if kept else one)
        return True


def sales_in(lake: Path) -> list[str]:
    """The record ids of the sales in a lake, one for every fact that says so."""
    from deltalake import DeltaTable

    table = DeltaTable(str(lake)).to_pyarrow_table(columns=["kind", "record_id"])
    return [row["record_id"] for row in table.to_pylist() if row["kind"] == "transaction"]
