"""`/personas/sign-in`: a form, a cookie for the pages alone, and the way out."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.clients import service as clients
from gateway.errors import InvalidGrant
from gateway.looking.domain import COOKIE, SCOPE, SIGNED_IN_S, safe_next
from gateway.parts import parts_of
from kernel.errors import ScopeMissing, TooMany, Unauthenticated
from kernel.ids import canonical_id

router = APIRouter(tags=["pages"], include_in_schema=False)

Lang = Annotated[str, Query(pattern="^(vi|en)$")]
Text = Annotated[str, Form(max_length=500)]
_WORDS: Final = {
    "vi": {
        "title": "Đăng nhập", "language": "English", "other": "en", "submit": "Đăng nhập",
        "told": "Dùng mã và khóa bí mật của một ứng dụng có quyền personas:read (xem credentials.json).",
        "client_id": "Mã ứng dụng (client_id)", "client_secret": "Khóa bí mật (client_secret)",
        "refused": "Mã hoặc khóa không đúng, hoặc không có quyền xem chân dung.",
    },
    "en": {
        "title": "Sign in", "language": "Tiếng Việt", "other": "vi", "submit": "Sign in",
        "told": "With the id and secret of a client that holds personas:read (see credentials.json).",
        "client_id": "Client id (client_id)", "client_secret": "Client secret (client_secret)",
        "refused": "The id or the secret is wrong, or they may not look at portraits.",
    },
}  # fmt: skip
_POLICY: Final = "default-src 'none'; style-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@router.get("/personas/sign-in")
async def show_sign_in(lang: Lang = "vi", next: str = "/personas") -> HTMLResponse:  # noqa: A002 - the query's name
    """The form."""
    return _form(lang, next)


@router.post("/personas/sign-in")
async def sign_in(
    request: Request,
    client_id: Text = "",
    client_secret: Text = "",
    next: Text = "/personas",  # noqa: A002 - the field's name
    lang: Lang = "vi",
) -> Response:
    """Check the credentials as the token endpoint does, and keep a token for portraits alone in the browser.

    Raises TooMany where this address was refused too often of late.
    """
    parts, address = parts_of(request), request.client.host if request.client else "local"
    if not (await parts.refusals.look(address)).allowed:
        raise TooMany("Too many refused credentials.")
    _mind_site(request)
    try:
        async with parts.database.transaction() as tx:
            answer = await clients.issue_token(
                tx,
                parts.sessions,
                client_id.strip(),
                client_secret.strip(),
                scope=SCOPE,
                ttl_s=SIGNED_IN_S,
                address=address,
            )
            await record(tx, parts.audit_key, [Entry(client_id.strip(), "login", "allow", "pages")])
    except (Unauthenticated, InvalidGrant):
        await parts.refusals.take(address)
        async with parts.database.transaction() as tx:
            who = canonical_id(client_id.strip()) or "unknown"
            await record(tx, parts.audit_key, [Entry(who, "login", "deny", "pages")])
        return _form(lang, next, refused=True)
    reply = RedirectResponse(safe_next(next), 303)
    reply.set_cookie(
        COOKIE,
        answer["access_token"],
        max_age=SIGNED_IN_S,
        path="/personas",
        secure=request.url.scheme == "https" or parts.settings.base_url().startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return reply


@router.post("/personas/sign-out")
async def sign_out(request: Request) -> Response:
    """Revoke the token and forget it."""
    _mind_site(request)
    parts, token = parts_of(request), request.cookies.get(COOKIE, "")
    async with parts.database.transaction() as tx:
        token_id = await clients.revoke_token(tx, parts.sessions, token, client_id=None)
    if token_id:
        parts.sessions.revoke(token_id)
    reply = RedirectResponse("/personas", 303)
    reply.delete_cookie(COOKIE, path="/personas")
    return reply


def _mind_site(request: Request) -> None:
    """Raises ScopeMissing where another site's page sent the form."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none"):
        raise ScopeMissing("This form is sent by our own page only.")


def _form(lang: str, back: str, *, refused: bool = False) -> HTMLResponse:
    words = _WORDS[lang]
    remark = f'<p role="alert" class="notice">{escape(words["refused"])}</p>' if refused else ""
    told = {name: escape(text) for name, text in words.items()}
    page = Template(_template()).substitute(
        told, lang=lang, next=escape(safe_next(back), quote=True), remark=remark
    )
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(page, 401 if refused else 200, headers=headers)


@cache
def _template() -> str:
    return files(__package__).joinpath("page.html").read_text("utf-8")
