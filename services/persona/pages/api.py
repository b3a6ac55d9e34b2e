"""`/personas`: the gallery, a page a persona, and its card as a file. Rendered here; no page has a script."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse

from kernel.errors import NotFound
from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.internal import Caller
from services.persona.access import READING
from services.persona.cards import service as cards
from services.persona.pages import service
from services.persona.pages.prints import MEDIA, Kind, fonts, print_card
from services.persona.pages.view import texts
from services.persona.studies import service as studies

Lang = Annotated[
    str | None, Query(pattern="^(vi|en)$", description="vi or en; the browser's own where not said.")
]
Part = Annotated[str, Query(pattern="^(card|face)$")]
NOTHING = "There is no portrait at this address."
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_SHOWN = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "Accept-Language"}
_ASSETS = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml", "BeVietnamPro-Regular.ttf": "font/ttf", "BeVietnamPro-Bold.ttf": "font/ttf"}  # fmt: skip


def page_routes(database: Database, clock: Callable[[], datetime], threshold: int) -> APIRouter:
    """The doors of this slice: the scope personas:read, by token or by signing in at the gateway."""
    router = APIRouter(tags=["personas"])

    @router.get("/personas", response_class=HTMLResponse, openapi_extra=needs(READING))
    async def show_gallery(request: Request, lang: Lang = None) -> HTMLResponse:
        """Every persona that stands now, by study."""
        admitted(request, READING)
        told = lang or _language(request)
        async with database.snapshot() as connection:
            found = await service.gallery(connection, told, clock(), studies.find_study)
        return _page("gallery.html", told, studies=found)

    @router.get("/personas/assets/{name}", response_class=Response)
    async def show_asset(name: str) -> Response:
        """The pages' style and fonts, each by the hash of its content."""
        for plain, media in _ASSETS.items():
            if name in (plain, _hashed(plain)):
                kept = {"Cache-Control": "public, max-age=31536000, immutable"}
                return Response(_content(plain), media_type=media, headers=kept)
        raise NotFound(NOTHING)

    @router.get("/personas/{persona}", response_class=HTMLResponse, openapi_extra=needs(READING))
    async def show_persona(request: Request, persona: str, lang: Lang = None) -> HTMLResponse:
        """A persona with everything that is known of it."""
        caller = admitted(request, READING)
        told, key = lang or _language(request), id_in(persona, NOTHING)
        async with database.snapshot() as connection:
            page = await service.portrait(
                connection, key, told, clock(), quotes=caller.kind != service.LOOKER
            )
        return _page(
            "card.html",
            told,
            threshold=threshold,
            path=f"/personas/{key}",
            signed_in=caller.kind != service.LOOKER,
            **page,
        )

    return router


def print_routes(database: Database, clock: Callable[[], datetime]) -> APIRouter:
    """The doors to cards and faces as files."""
    router = APIRouter(tags=["personas"])

    @router.get("/v1/personas/{persona}.{kind}", response_class=Response, openapi_extra=needs(READING))
    async def read_card_file(
        request: Request, persona: str, kind: Kind, lang: Lang = None, part: Part = "card"
    ) -> Response:
        """The card on one page, as svg, png or pdf; with `part=face` the face alone (svg), the same for ever."""
        caller = admitted(request, READING)
        if part == "face":
            return await _face(database, persona)
        return await _printed(database, clock(), caller, persona, kind, lang or _language(request))

    @router.get("/personas/{persona}/face.svg", response_class=Response, openapi_extra=needs(READING))
    async def show_page_face(request: Request, persona: str) -> Response:
        """The face on its own."""
        admitted(request, READING)
        return await _face(database, persona)

    @router.get("/personas/{persona}/card.{kind}", response_class=Response, openapi_extra=needs(READING))
    async def show_page_file(request: Request, persona: str, kind: Kind, lang: Lang = None) -> Response:
        """The card as a file to keep, on one page: svg, png or pdf."""
        caller = admitted(request, READING)
        return await _printed(database, clock(), caller, persona, kind, lang or _language(request))

    return router


async def _face(database: Database, persona: str) -> Response:
    async with database.snapshot() as connection:
        face = await cards.read_face(connection, id_in(persona, NOTHING))
    return Response(face, media_type=MEDIA["svg"], headers={"Cache-Control": "private, max-age=3600"})


async def _printed(
    database: Database, now: datetime, caller: Caller, persona: str, kind: Kind, lang: str
) -> Response:
    """A persona's card as a file; without people's own words for who has not signed in. Raises NotFound."""
    key = id_in(persona, NOTHING)
    async with database.snapshot() as connection:
        card = await cards.read_card(connection, key, now)
        face = await cards.read_face(connection, key)
    if caller.kind == service.LOOKER:
        card = {**card, "quotes": []}
    made = await asyncio.to_thread(print_card, card, face, lang, kind)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'inline; filename="persona-{key}.{kind}"'}
    return Response(made, media_type=MEDIA[kind], headers=headers)


def _page(name: str, lang: str, **values: Any) -> HTMLResponse:
    assets = {plain: _hashed(plain) for plain in _ASSETS}
    page = _templates().get_template(name).render(lang=lang, t=texts()[lang], assets=assets, **values)
    return HTMLResponse(page, headers=_SHOWN)


def _language(request: Request) -> str:
    """The first of our languages that the browser asks for; Vietnamese where it asks for neither."""
    for part in request.headers.get("accept-language", "").lower().split(","):
        if part.strip()[:2] in ("vi", "en"):
            return part.strip()[:2]
    return "vi"


@cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


@cache
def _content(name: str) -> bytes:
    if name.endswith(".ttf"):
        return (fonts() / name).read_bytes()
    return files(__package__).joinpath(name).read_bytes()


@cache
def _hashed(name: str) -> str:
    """The name with its content's hash; fonts keep theirs, which the style sheet names."""
    if name.endswith(".ttf"):
        return name
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{blake2b(_content(name), digest_size=6).hexdigest()}.{suffix}"
