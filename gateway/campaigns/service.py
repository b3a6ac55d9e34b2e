"""Gathering whom a campaign is for, and handing it to verify: services never ask one another."""

from typing import Any

import msgspec

from gateway.asking.schemas import AskBody
from gateway.asking.service import Asking, personal_link, prepare
from gateway.campaigns.domain import LISTS, MOST
from gateway.campaigns.schemas import CampaignToStart
from gateway.parts import Parts
from kernel.errors import FieldError, InvalidInput, NotFound, Unavailable
from kernel.web.internal import HEADER, Caller
from kernel.web.upstream import Reply, call


class _Listed(msgspec.Struct, frozen=True):
    subject_id: str


class _Page(msgspec.Struct, frozen=True):
    items: list[_Listed]
    next: int | str | None


async def people_in(parts: Parts, field: str, list_id: str) -> list[str]:
    """Everybody in a list that a service keeps, each once, in its order.

    Raises NotFound, InvalidInput where they are more than one campaign may reach, or Unavailable.
    """
    people: dict[str, None] = {}
    after: int | str | None = ""
    while after is not None:
        page = await _page(parts, field, list_id, str(after))
        people |= dict.fromkeys(one.subject_id for one in page.items)
        if len(people) > MOST:
            detail = f"The list has more than {MOST:,} people; narrow it or split it."
            raise InvalidInput(detail, errors=[FieldError(f"/{field}", detail)])
        after = page.next
    return list(people)


async def gathered(parts: Parts, body: CampaignToStart) -> list[str]:
    """The people whom the body names or lists. Raises as `people_in`, and InvalidInput where nobody is in the list."""
    field = body.list_field
    if field is None:
        return body.subject_ids or []
    people = await people_in(parts, field, str(getattr(body, field)))
    if not people:
        error = FieldError(f"/{field}", "Nobody is in it.")
        raise InvalidInput("There is nobody to write to.", errors=[error])
    return people


async def start_codes(parts: Parts, caller: Caller, body: CampaignToStart, key: bytes) -> tuple[Reply, int]:
    """A campaign of codes, started at verify as the client itself would; its answer and how many lines there are."""
    wish = body.model_dump(exclude={"import_id", "audience_id", "ask", "phones", "subject_ids"}, mode="json")
    people = body.phones if body.phones is not None else await gathered(parts, body)
    wish["phones" if body.phones is not None else "subject_ids"] = people
    return await _at_verify(parts, caller, "/v1/verify/campaigns", wish, key), len(people)


async def start_letters(parts: Parts, caller: Caller, body: CampaignToStart) -> tuple[Reply | None, int, int]:
    """A campaign of letters: verify's answer (None where nobody is left to ask), its lines, and how many are left out.

    Raises NoticeUnknown, InvalidInput, NotFound, Unavailable, AuditUnavailable.
    """
    asked = body.ask or AskBody()
    asking = await prepare(parts, asked.notice, asked.version, asked.purposes, asked.days)
    people = await gathered(parts, body)
    lines = [line for one in people if (line := await _line(parts, caller, one, asking))]
    if not lines:
        return None, 0, len(people)
    wish = body.model_dump(include={"name", "locale", "pace_per_minute", "hours", "budget_vnd"}, mode="json")
    wish |= {"client_id": caller.client_id, "people": lines}
    service = Caller("gateway", "service")
    reply = await _at_verify(parts, service, "/internal/invitations", wish, b"")
    return reply, len(lines), len(people) - len(lines)


async def _line(parts: Parts, caller: Caller, subject: str, asking: Asking) -> dict[str, str] | None:
    link = await personal_link(parts, caller, subject, asking)
    return None if link is None else {"subject_id": subject, "link": link}


async def _page(parts: Parts, field: str, list_id: str, after: str) -> _Page:
    listed = LISTS[field]
    app = parts.upstreams.get(listed.service)
    if app is None:
        raise Unavailable(f"The {listed.service} service is not connected.")
    token = parts.internal.mint(Caller("gateway", "service")).encode()
    reply = await call(app, "GET", listed.page(list_id, after), headers=((HEADER, token),))
    if reply.status == 404:
        raise NotFound("There is no such list.")
    if reply.status != 200:
        raise Unavailable("The list cannot be read now.")
    return msgspec.json.decode(reply.body, type=_Page)


async def _at_verify(parts: Parts, caller: Caller, path: str, body: dict[str, Any], key: bytes) -> Reply:
    app = parts.upstreams.get("verify")
    if app is None:
        raise Unavailable("The verify service is not connected.")
    head = [(HEADER, parts.internal.mint(caller).encode()), (b"content-type", b"application/json")]
    if key:
        head.append((b"idempotency-key", key))
    return await call(app, "POST", path, headers=head, body=msgspec.json.encode(body))
