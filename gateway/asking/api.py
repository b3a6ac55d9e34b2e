"""The doors of asking: links for a business to send, and the page that each of them leads to."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, StreamingResponse

from gateway.asking import pages, service
from gateway.asking.schemas import AskBody
from gateway.consent import repository as ledger
from gateway.parts import parts_of
from kernel.errors import Gone, MalformedInput, NotFound
from kernel.web.doors import caller_of, id_in

router = APIRouter(tags=["imports"])

LARGEST_ANSWER = 4_096
Lang = Annotated[str, Query(pattern="^(vi|en)$")]
Purpose = Annotated[str, Query(description="What the people's contacts are wanted for: service.")]


@router.post(
    "/v1/imports/{import_id}/ask",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def ask_people(
    request: Request, import_id: str, purpose: Purpose, body: AskBody | None = None
) -> StreamingResponse:
    """A personal link for everybody whom an import brought, as CSV (`row,full_name,phone,email,link,expires_at`).

    Behind it they read the notice and agree to each purpose by itself, or not. Left out are people who agreed already,
    who once withdrew, or whom the client may not reach for `service`. Each contact that is disclosed is on record.
    """
    parts, caller = parts_of(request), caller_of(request)
    if purpose != "service":
        raise MalformedInput("People are asked in the course of serving them: ?purpose=service.")
    asked = body or AskBody()
    key = id_in(import_id, "There is no such import.")
    asking = await service.prepare(parts, asked.notice, asked.version, asked.purposes, asked.days)
    people = await service.first_people(parts, key)
    lines = service.links(parts, caller, key, people, asking)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8")


@router.get("/consent/{token}", include_in_schema=False)
async def show_question(request: Request, token: str, lang: Lang = "vi") -> HTMLResponse:
    """The page behind a link. It says nothing of whom it is about: links are passed on."""
    parts = parts_of(request)
    try:
        async with parts.database.snapshot() as connection:
            row = await service.find_ask(connection, parts, token)
            notice = await ledger.find_notice(connection, row.notice, row.notice_version)
    except NotFound:
        return _html(pages.remark(lang, "gone"), 404)
    if row.answered_at is not None:
        return _html(pages.remark(lang, "answered"))
    return _html(pages.question(lang, notice, row.purposes))


@router.post("/consent/{token}", include_in_schema=False)
async def take_answer(request: Request, token: str, lang: Lang = "vi") -> HTMLResponse:
    """Record what the person ticked. Without JavaScript: an ordinary form."""
    parts = parts_of(request)
    raw = await request.body()
    if len(raw) > LARGEST_ANSWER:
        raise MalformedInput("The form is larger than ours.")
    chosen = parse_qs(raw.decode("latin-1"), max_num_fields=20).get("purposes", [])
    try:
        recorded = await service.answer(parts, token, chosen)
    except (NotFound, Gone):
        return _html(pages.remark(lang, "gone"), 404)
    if recorded:
        return _html(pages.thanks(lang, recorded))
    async with parts.database.snapshot() as connection:
        row = await service.find_ask(connection, parts, token)
        notice = await ledger.find_notice(connection, row.notice, row.notice_version)
    if row.answered_at is not None:
        return _html(pages.remark(lang, "answered"))
    return _html(pages.question(lang, notice, row.purposes, nothing_chosen=True))


def _html(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status, headers={"Content-Security-Policy": pages.policy()})
