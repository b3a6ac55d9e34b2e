"""The doors of sites: open to any page, by the write key in the path."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.consent.notices import newest_notice
from gateway.parts import parts_of
from gateway.site.domain import banner_script, settings_document
from kernel.errors import NotFound, Unauthenticated

router = APIRouter(tags=["tracking"])

KEPT = {"Cache-Control": "public, max-age=60"}
"""A revoked key's documents are gone from caches after a minute; what it may do ends at once."""


@router.get("/v1/projects/{write_key}/settings")
async def show_settings(request: Request, response: Response, write_key: str) -> dict[str, Any]:
    """The settings that `@segment/analytics-next` loads where its `cdnURL` is this address.

    They name this address alone: nothing is asked of other hosts. 404 where the key is unknown or revoked.
    """
    await _mind_key(request, write_key)
    response.headers.update(KEPT)
    return settings_document(write_key, parts_of(request).settings.base_url())


@router.get("/v1/projects/{write_key}/banner.js", response_class=Response)
async def show_banner(request: Request, write_key: str, notice: str = "core") -> Response:
    """A consent banner to paste: `<script src=".../banner.js" data-sdk="/analytics.min.js" defer></script>`.

    It asks in Vietnamese or English for each purpose of the newest version of `notice` by itself, loads the SDK at
    `data-sdk` (a file of your own site) after a yes, and sends the answers with each message. `chandungConsent.open()`
    opens it again. 404 where the key or the notice is unknown.
    """
    await _mind_key(request, write_key)
    parts = parts_of(request)
    async with parts.database.snapshot() as connection:
        told = await newest_notice(connection, notice)
    content = banner_script(
        _script(),
        write_key=write_key,
        base_url=parts.settings.base_url(),
        notice=told.key,
        version=told.version,
        purposes=told.purposes,
        text=told.text,
    )
    return Response(content, media_type="text/javascript", headers=KEPT)


async def _mind_key(request: Request, write_key: str) -> None:
    try:
        await parts_of(request).sessions.of_write_key(write_key)
    except Unauthenticated:
        raise NotFound("There is no such write key.") from None


@cache
def _script() -> str:
    return (Path(__file__).parent / "pages" / "banner.js").read_text("utf-8")
