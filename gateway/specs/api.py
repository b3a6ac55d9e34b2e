"""The doors of documents and health: what a newcomer and an orchestrator look at first."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from gateway.parts import parts_of
from gateway.specs import service
from kernel.web.app import openapi_of

router = APIRouter(include_in_schema=False)

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Nothing from another origin. Swagger UI and the AsyncAPI viewer write style attributes of their own."""

READER_POLICY = PAGE_POLICY + "; worker-src 'self' blob:"
"""ReDoc searches in a worker that it makes itself."""


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


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Every public route, merged from the parts that answer them."""
    catalogue: service.Catalogue = request.app.state.catalogue
    document = await catalogue.openapi(parts_of(request), openapi_of(request.app))
    return Response(document, media_type="application/json")


@router.get("/asyncapi.json")
async def asyncapi(request: Request) -> Response:
    """Every topic, who writes it and who reads it for what."""
    catalogue: service.Catalogue = request.app.state.catalogue
    document = await catalogue.asyncapi(parts_of(request), openapi_of(request.app))
    return Response(document, media_type="application/json")


@router.get("/docs")
async def docs() -> Response:
    """The API, to read."""
    return HTMLResponse(service.page("docs.html"), headers={"Content-Security-Policy": READER_POLICY})


@router.get("/docs/try")
async def try_out() -> Response:
    """The API, to try."""
    return HTMLResponse(service.page("try.html"), headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/asyncapi")
async def asyncapi_page() -> Response:
    """The events, to read."""
    return HTMLResponse(service.page("asyncapi.html"), headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/assets/{file}")
async def assets(file: str, v: str = "") -> Response:
    """What the pages load: kept for a year under the hash of its content, asked for anew otherwise."""
    content, media_type = service.asset(file)
    kept = "public, max-age=31536000, immutable" if v == service.asset_hash(file) else "no-cache"
    return Response(content, media_type=media_type, headers={"Cache-Control": kept})
