"""A small gateway in memory that keeps the promises of the public contract that the loader relies on."""

import gzip
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

CREDENTIALS = {
    "base_url": "http://gateway.test",
    "operator": {"client_id": "op", "client_secret": "s3cret", "username": "u", "password": "p"},
}


@dataclass
class Gateway:
    """Receipts by id and content, ids by Idempotency-Key, facts that lag behind, a run that takes a few looks."""

    tokens: int = 0
    token_uses: int = 10**9
    busy: int = 0
    facts_lag: int = 2
    run_states: list[str] = field(default_factory=lambda: ["queued", "running", "done"])
    records: dict[str, str] = field(default_factory=dict)
    mentions: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    batches: list[int] = field(default_factory=list)
    withdrawn: list[dict[str, Any]] = field(default_factory=list)
    runs: int = 0
    _left: int = 0

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.calls[f"{request.method} {path}"] += 1
        if path == "/oauth/token":
            return self._token(request)
        if self._left <= 0 or request.headers.get("Authorization") != f"Bearer t{self.tokens}":
            return httpx2.Response(401, json={"type": "about:blank", "title": "Unauthorized"})
        self._left -= 1
        if self.busy:
            self.busy -= 1
            return httpx2.Response(429, headers={"Retry-After": "0"}, json={})
        return self._route(request.method, path, request)

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        if request.headers["Authorization"] != "Basic b3A6czNjcmV0":
            return httpx2.Response(
                401, json={"type": "https://chandung.dev/problems/client-unknown", "title": "No"}
            )
        self.tokens += 1
        self._left = self.token_uses
        return httpx2.Response(200, json={"access_token": f"t{self.tokens}", "token_type": "Bearer"})

    def _route(self, method: str, path: str, request: httpx2.Request) -> httpx2.Response:
        if path == "/v1/records/batch":
            assert request.headers["Content-Encoding"] == "gzip"
            return self._take(self.records, json.loads(gzip.decompress(request.content))["records"])
        if path == "/v1/mentions/batch":
            return self._take(self.mentions, json.loads(request.content)["mentions"])
        if path == "/v1/consents/withdraw":
            self.withdrawn.append(json.loads(request.content))
            return httpx2.Response(200, json={"withdrawn": [], "effective_at": "2026-01-01T00:00:00Z"})
        if method == "POST":
            return self._make(request)
        return httpx2.Response(200, json=self._read(path))

    def _take(self, store: dict[str, str], bodies: list[dict[str, Any]]) -> httpx2.Response:
        self.batches.append(len(bodies))
        receipts = [self._receipt(store, n, body) for n, body in enumerate(bodies)]
        return httpx2.Response(202, json={"receipts": receipts})

    def _receipt(self, store: dict[str, str], index: int, body: dict[str, Any]) -> dict[str, Any]:
        content, receipt = json.dumps(body, sort_keys=True), {"index": index, "id": body["id"]}
        if len(body["id"]) != 36:
            reason = {"code": "id-invalid", "pointer": "/id", "detail": ""}
            return {**receipt, "id": None, "status": "quarantined", "reasons": [reason]}
        if body["id"] in store:
            return {**receipt, "status": "duplicate" if store[body["id"]] == content else "conflict"}
        store[body["id"]] = content
        return {**receipt, "status": "accepted"}

    def _make(self, request: httpx2.Request) -> httpx2.Response:
        key = request.headers["Idempotency-Key"]
        self.runs += request.url.path.endswith("/runs") and key not in self.made
        made = self.made.setdefault(key, f"made-{len(self.made)}")
        return httpx2.Response(201, json={"id": made})

    def _read(self, path: str) -> dict[str, Any]:
        if path.endswith("/coverage"):
            self.facts_lag -= 1
            lag = timedelta(days=1) if self.facts_lag > 0 else timedelta(0)
            return {"facts": len(self.records), "facts_until": (datetime.now(UTC) - lag).isoformat()}
        if path.startswith("/v1/runs/"):
            state = self.run_states.pop(0) if len(self.run_states) > 1 else self.run_states[0]
            done = {"personas": ["p1", "p2"]} if state == "done" else {"reasons": [{"code": "unstable"}]}
            return {"state": state, "progress": 0.5, "stage": "cluster", **done}
        persona = path.rsplit("/", 1)[1]
        return {"id": persona, "name": f"Khách {persona}", "share": 0.5, "n": 240}
