"""The page of people's rights: ordinary forms, answered by a redirect, so that it works on any phone without a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.errors import GuardianMissing
from gateway.parts import parts_of
from gateway.preferences import pages, service, signing_in
from gateway.preferences.domain import AFTER_CODE, COOKIE, SECOND_FACTORS, SIGNED_IN, Stage, hash_of
from gateway.preferences.signing_in import Visit
from gateway.privacy.domain import Kind
from kernel.errors import Fault, Gone, InvalidInput, MalformedInput, NotFound, TooMany

router = APIRouter(include_in_schema=False)

Lang = Annotated[str, Query(pattern="^(vi|en)$")]
Said = Annotated[str, Query(pattern="^(|saved|filed|wrong|later|phone|down|guardian|over)$")]
LARGEST_FORM = 4_096
OFFERED: Final = (Kind.ACCESS, Kind.RECTIFY, Kind.ERASE, Kind.RESTRICT, Kind.OBJECT)


@router.get("/privacy")
async def show_page(request: Request, lang: Lang = "vi", said: Said = "") -> Response:
    """Where the person stands: the phone's form, the code's, the other fact's, or everything about them."""
    parts, visit = parts_of(request), await _visit(request)
    shown: dict[str, Any] = {"said": said, "controller": parts.settings.controller, "contact": ""}
    if visit is None:
        return _html(pages.render(lang, "phone", **shown))
    shown["form"] = hash_of(parts.ask_key, "form", visit.token)
    if visit.stage is not Stage.IN:
        view = "code" if visit.stage in AFTER_CODE else visit.stage.value
        return _html(pages.render(lang, view, factors=SECOND_FACTORS, **shown))
    try:
        told = await service.overview(parts, visit.subject or "", lang)
    except (Gone, NotFound):
        return _html(pages.render(lang, "nobody", **shown))
    return _html(pages.render(lang, "overview", o=told, kinds=[kind.value for kind in OFFERED], **shown))


@router.post("/privacy/code")
async def send_code(request: Request, lang: Lang = "vi") -> Response:
    """Send a code to the number. Whether anybody is known by it shows in nothing."""
    form = await _read(request)
    address = request.client.host if request.client else None
    try:
        visit = await signing_in.send_code(parts_of(request), _one(form, "phone"), lang, address)
    except Fault as fault:
        return _back(lang, _word_for(fault))
    return _welcome(request, lang, visit)


@router.post("/privacy/sign-in")
async def check_code(request: Request, lang: Lang = "vi") -> Response:
    """Use the code up."""
    parts, came = parts_of(request), await _came(request)
    if came is None or came.visit.stage not in AFTER_CODE:
        return _back(lang, "over")
    try:
        visit = await signing_in.check_code(parts, came.visit, _one(came.form, "code"))
    except Fault as fault:
        return _back(lang, _word_for(fault))
    return _back(lang, "wrong") if visit is None else _welcome(request, lang, visit)


@router.post("/privacy/second")
async def check_second(request: Request, lang: Lang = "vi") -> Response:
    """Another fact, where the number alone does not say who it is."""
    parts, came = parts_of(request), await _came(request)
    if came is None or came.visit.stage is not Stage.SECOND:
        return _back(lang, "over")
    try:
        kind, value = _one(came.form, "kind"), _one(came.form, "value").strip()
        visit = await signing_in.check_second(parts, came.visit, kind, value)
    except Fault as fault:
        return _back(lang, _word_for(fault))
    return _back(lang, "wrong") if visit is None else _welcome(request, lang, visit)


@router.post("/privacy/consents")
async def decide(request: Request, lang: Lang = "vi") -> Response:
    """Give what is ticked, withdraw what is not: in force with the answer."""
    came = await _came(request)
    if came is None or came.visit.stage is not Stage.IN:
        return _back(lang, "over")
    try:
        await service.decide(parts_of(request), came.visit.subject or "", came.form.get("purposes", []))
    except Fault as fault:
        return _back(lang, _word_for(fault))
    return _back(lang, "saved")


@router.post("/privacy/requests")
async def ask_for(request: Request, lang: Lang = "vi") -> Response:
    """File what the person asks for; a privacy officer approves it."""
    came = await _came(request)
    if came is None or came.visit.stage is not Stage.IN:
        return _back(lang, "over")
    wanted = _one(came.form, "type")
    if wanted not in OFFERED:
        raise MalformedInput("There is no such request.")
    try:
        await service.ask_for(parts_of(request), came.visit.subject or "", Kind(wanted))
    except Fault as fault:
        return _back(lang, _word_for(fault))
    return _back(lang, "filed")


@router.post("/privacy/sign-out")
async def sign_out(request: Request, lang: Lang = "vi") -> Response:
    """End the visit."""
    came = await _came(request)
    if came is not None:
        await signing_in.sign_out(parts_of(request), came.visit)
    answer = _back(lang, "")
    answer.delete_cookie(COOKIE, path="/privacy")
    return answer


@dataclass(frozen=True, slots=True)
class _Came:
    visit: Visit
    form: Mapping[str, list[str]]


async def _came(request: Request) -> _Came | None:
    """A form of a visit that is not over; None for one that another site made the browser send."""
    form, visit = await _read(request), await _visit(request)
    if visit is None:
        return None
    wanted = hash_of(parts_of(request).ask_key, "form", visit.token)
    return _Came(visit, form) if compare_digest(_one(form, "form").encode(), wanted.encode()) else None


async def _visit(request: Request) -> Visit | None:
    return await signing_in.find_visit(parts_of(request), request.cookies.get(COOKIE))


async def _read(request: Request) -> Mapping[str, list[str]]:
    """The fields of a form. Raises MalformedInput where it is larger than ours."""
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > LARGEST_FORM:
            raise MalformedInput("The form is larger than ours.")
    try:
        return parse_qs(raw.decode(), max_num_fields=30)
    except ValueError as error:
        raise MalformedInput("The form cannot be read.") from error


def _one(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0][:200]


def _word_for(fault: Fault) -> str:
    """What the page says of a refusal; never what it was exactly."""
    if isinstance(fault, TooMany):
        return "later"
    if isinstance(fault, InvalidInput):
        return "phone"
    return "guardian" if isinstance(fault, GuardianMissing) else "down"


def _back(lang: str, said: str) -> RedirectResponse:
    return RedirectResponse(f"/privacy?lang={lang}" + (f"&said={said}" if said else ""), 303)


def _welcome(request: Request, lang: str, visit: Visit) -> Response:
    answer = _back(lang, "")
    answer.set_cookie(
        COOKIE, visit.token, max_age=int(SIGNED_IN.total_seconds()), path="/privacy", httponly=True,
        samesite="strict", secure=parts_of(request).settings.base_url().startswith("https:"),
    )  # fmt: skip
    return answer


def _html(page: str) -> HTMLResponse:
    return HTMLResponse(page, headers={"Content-Security-Policy": pages.policy()})
