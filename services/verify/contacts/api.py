"""`POST /v1/verify/do-not-contact`, and the page behind an invitation's stop link."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from services.verify.access import SENDING
from services.verify.challenges.domain import CodeKeys, mobile_of
from services.verify.contacts import pages, service
from services.verify.contacts.schemas import ContactsKept, ContactsToKeep

Lang = Annotated[str, Query(pattern="^(vi|en)$")]


def contact_routes(database: Database, keys: CodeKeys, clock: Callable[[], datetime]) -> APIRouter:
    """The doors of this slice."""
    router = APIRouter(tags=["verify"])

    @router.post("/v1/verify/do-not-contact", response_model=ContactsKept, openapi_extra=needs(SENDING))
    async def keep_contacts(request: Request, body: ContactsToKeep) -> dict[str, Any]:
        """Put numbers and addresses on the list of those whom no campaign contacts, or take them off it.

        The national do-not-call list goes in here, and whoever says no on the phone. A verification that a person
        asks for at that moment is not a contact, and is sent all the same. Again changes nothing.
        """
        admitted(request, SENDING)
        found, unread = _keys(keys, body)
        async with database.transaction() as tx:
            await service.keep_list(tx, found, stopped=body.stopped, now=clock())
        return {"kept": len(found), "unread": unread}

    @router.get("/stop/{token}", include_in_schema=False)
    async def show_stop(token: str, lang: Lang = "vi") -> HTMLResponse:
        """Asks before it stops anything: programs that look at links in messages are no people."""
        known = service.read_stop(keys.seal, token) is not None
        return _html(pages.question(lang) if known else pages.remark(lang, "gone"), 200 if known else 404)

    @router.post("/stop/{token}", include_in_schema=False)
    async def stop(token: str, lang: Lang = "vi") -> HTMLResponse:
        """The person's own button, or a mail program's (RFC 8058). Again is no error."""
        asked = service.read_stop(keys.seal, token)
        if asked is None:
            return _html(pages.remark(lang, "gone"), 404)
        async with database.transaction() as tx:
            await service.stop_by_link(tx, asked, clock())
        return _html(pages.remark(lang, "stopped"))

    return router


def _keys(keys: CodeKeys, body: ContactsToKeep) -> tuple[list[bytes], list[str]]:
    found: list[bytes] = []
    unread: list[str] = []
    for place, phone in enumerate(body.phones):
        number = mobile_of(phone)
        if number is None:
            unread.append(f"/phones/{place}")
        else:
            found.append(keys.number_key(number))
    for place, address in enumerate(body.emails):
        if "@" in address.strip("@ "):
            found.append(keys.address_key(address))
        else:
            unread.append(f"/emails/{place}")
    return found, unread


def _html(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status, headers={"Content-Security-Policy": pages.policy()})
