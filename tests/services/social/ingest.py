"""Ingest as far as social asks it: blind indexes of accounts, and whom they lead to."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse


@dataclass(slots=True)
class IngestDouble:
    """Answers as ingest's two doors do. `holders`: whom an index leads to."""

    holders: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    """Handles that were given over."""
    down: bool = False
    app: FastAPI = field(default_factory=FastAPI)

    def __post_init__(self) -> None:
        self.app.add_api_route("/internal/indexes", self._indexes, methods=["POST"], response_model=None)
        self.app.add_api_route("/internal/holders", self._holders, methods=["POST"], response_model=None)

    async def _indexes(self, request: Request) -> JSONResponse:
        if self.down:
            return JSONResponse({}, 503)
        accounts = (await request.json())["accounts"]
        self.asked += [one["handle"] for one in accounts]
        return JSONResponse({"indexes": [index_of(one["platform"], one["handle"]) for one in accounts]})

    async def _holders(self, request: Request) -> JSONResponse:
        if self.down:
            return JSONResponse({}, 503)
        return JSONResponse({"holders": [self._holder(index) for index in (await request.json())["indexes"]]})

    def _holder(self, index: str) -> dict[str, Any]:
        subject = self.holders.get(index)
        return {"subject_id": subject, "erased": subject in self.erased}


def index_of(platform: str, handle: str) -> str:
    """What stands for the blind index of an account."""
    return f"index of {platform} {sum(map(ord, handle))}"
