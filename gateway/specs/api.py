"""The doors of documents and health: what a newcomer and an orchestrator look at first."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.parts import parts_of
from gateway.specs import service

router = APIRouter(include_in_schema=False)


@router.get("/")
async def land() -> Response:
    """The landing page is the documentation."""
    return RedirectResponse("/docs", status_code=307)


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """503 until the gateway and every service answer that they are ready."""
    trouble = await service.trouble_of(parts_of(request), request.app.state.chassis)
    response.status_code = 503 if trouble else 200
    return {"status": "not ready" if trouble else "ready", "trouble": trouble}
