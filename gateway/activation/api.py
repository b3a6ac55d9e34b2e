"""The doors of webhooks: each client keeps its own."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from gateway.activation import repository, service
from gateway.activation.domain.kinds import KINDS
from gateway.activation.schemas import (
    Enqueued,
    MadeWebhook,
    MessagePage,
    MessageState,
    MessageView,
    NewWebhook,
    Replay,
    Replayed,
    TestMessage,
    WebhookChange,
    WebhookPage,
    WebhookSecret,
    WebhookTypeList,
    WebhookView,
)
from gateway.activation.service import NO_MESSAGE, NO_WEBHOOK, owned
from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.parts import parts_of
from kernel.web.doors import caller_of, id_in
from kernel.web.pages import Cursor, Limit, decode_cursor, page

router = APIRouter(tags=["webhooks"])


@router.get("/v1/webhook-types", response_model=WebhookTypeList)
async def list_webhook_types() -> dict[str, Any]:
    """What can be told, and the scope that it takes. A partner is told only of people whom it was shown before."""
    items = [{"type": kind, "scope": scope, "description": text} for kind, (scope, text) in KINDS.items()]
    return {"items": items, "next_cursor": None}


@router.post("/v1/webhooks", status_code=201, response_model=MadeWebhook)
async def make_webhook(request: Request, body: NewWebhook) -> dict[str, Any]:
    """Be told of events at an address of yours, signed as Standard Webhooks has it; the secret is in this answer only.

    A message is tried ten times over three days; 410 disables the webhook, another answer than 2xx means try again. An
    address that leads into a private network is refused, also later.
    """
    parts, caller, desk = parts_of(request), caller_of(request), _desk(request)
    async with parts.database.transaction() as tx:
        webhook_id, secret = await service.make_webhook(tx, desk, caller, body.url, body.types)
        row = await owned(tx, caller, webhook_id)
        await record(
            tx, parts.audit_key, [Entry(caller.client_id, "client", "allow", f"webhook {webhook_id}")]
        )
    return {**_view(row), "secret": secret}


@router.get("/v1/webhooks", response_model=WebhookPage)
async def list_webhooks(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """The client's own webhooks."""
    async with parts_of(request).database.snapshot() as connection:
        after, client = decode_cursor(cursor, str), caller_of(request).client_id
        rows = await repository.webhooks_of(connection, client, after, limit + 1)
    return page([row for row in rows if row.state != "closed"], limit, lambda row: row.id, _view)


@router.get("/v1/webhooks/{webhook_id}", response_model=WebhookView)
async def show_webhook(request: Request, webhook_id: str) -> dict[str, Any]:
    """A webhook and how it fares."""
    async with parts_of(request).database.snapshot() as connection:
        return _view(await owned(connection, caller_of(request), id_in(webhook_id, NO_WEBHOOK)))


@router.patch("/v1/webhooks/{webhook_id}", response_model=WebhookView)
async def change_webhook(request: Request, webhook_id: str, body: WebhookChange) -> dict[str, Any]:
    """Change where and of what is told, or open a disabled webhook again."""
    parts, caller, desk = parts_of(request), caller_of(request), _desk(request)
    changes: dict[str, Any] = {}
    if body.url is not None:
        service.mind_url(desk, body.url)
        changes["url"] = body.url
    if body.types is not None:
        service.mind_kinds(caller, body.types)
        changes["kinds"] = sorted(set(body.types))
    if body.state is not None:
        changes |= {"state": body.state, "failures": 0, "trouble": None}
    async with parts.database.transaction() as tx:
        row = await owned(tx, caller, id_in(webhook_id, NO_WEBHOOK))
        if changes:
            await repository.change_webhook(tx, row.id, changes)
        row = await owned(tx, caller, row.id)
    _wake(request)
    return _view(row)


@router.delete("/v1/webhooks/{webhook_id}", status_code=204)
async def close_webhook(request: Request, webhook_id: str) -> Response:
    """Tell nothing there any more, for good."""
    parts, caller = parts_of(request), caller_of(request)
    async with parts.database.transaction() as tx:
        row = await owned(tx, caller, id_in(webhook_id, NO_WEBHOOK))
        await repository.change_webhook(tx, row.id, {"state": "closed"})
        await record(
            tx, parts.audit_key, [Entry(caller.client_id, "client", "allow", f"webhook {row.id} closed")]
        )
    return Response(status_code=204)


@router.post("/v1/webhooks/{webhook_id}/secrets", status_code=201, response_model=WebhookSecret)
async def rotate_webhook_secret(request: Request, webhook_id: str) -> dict[str, Any]:
    """A new secret; for 24 hours each message is signed with the one before as well."""
    parts, caller = parts_of(request), caller_of(request)
    async with parts.database.transaction() as tx:
        row = await owned(tx, caller, id_in(webhook_id, NO_WEBHOOK))
        secret, until = await service.rotate_secret(tx, _desk(request), row)
        entry = Entry(caller.client_id, "key", "allow", f"secret of webhook {row.id} rotated")
        await record(tx, parts.audit_key, [entry])
    return {"secret": secret, "former_until": until}


@router.post("/v1/webhooks/{webhook_id}/test", status_code=202, response_model=Enqueued)
async def test_webhook(request: Request, webhook_id: str, body: TestMessage | None = None) -> dict[str, Any]:
    """Send an invented message of a type (`data.test` is true in it), as a real one is sent."""
    async with parts_of(request).database.transaction() as tx:
        row = await owned(tx, caller_of(request), id_in(webhook_id, NO_WEBHOOK))
        message_id = await service.test(tx, row, (body or TestMessage.model_construct()).type)
    _wake(request)
    return {"id": message_id}


@router.get("/v1/webhooks/{webhook_id}/messages", response_model=MessagePage)
async def list_messages(
    request: Request,
    webhook_id: str,
    state: Annotated[MessageState | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Messages of the last 14 days and what became of them, the newest first."""
    async with parts_of(request).database.snapshot() as connection:
        row = await owned(connection, caller_of(request), id_in(webhook_id, NO_WEBHOOK))
        before = decode_cursor(cursor, str)
        rows = await repository.messages_of(connection, row.id, state, before, limit + 1)
    return page(rows, limit, lambda one: one.id, _message_view)


@router.post("/v1/webhooks/{webhook_id}/replay", status_code=202, response_model=Replayed)
async def replay_messages(request: Request, webhook_id: str, body: Replay) -> dict[str, Any]:
    """Send messages once more, each under the id that it had: a receiver that has it already can tell."""
    async with parts_of(request).database.transaction() as tx:
        row = await owned(tx, caller_of(request), id_in(webhook_id, NO_WEBHOOK))
        count = await service.replay(tx, row, body.since, body.states)
    _wake(request)
    return {"count": count}


@router.post(
    "/v1/webhooks/{webhook_id}/messages/{message_id}/replay", status_code=202, response_model=MessageView
)
async def replay_message(request: Request, webhook_id: str, message_id: str) -> dict[str, Any]:
    """Send one message once more."""
    async with parts_of(request).database.transaction() as tx:
        row = await owned(tx, caller_of(request), id_in(webhook_id, NO_WEBHOOK))
        one = await service.replay_one(tx, row, id_in(message_id, NO_MESSAGE))
    _wake(request)
    return _message_view(one)


def _desk(request: Request) -> service.Desk:
    desk: service.Desk = request.app.state.sender.desk
    return desk


def _wake(request: Request) -> None:
    request.app.state.sender.wake()


def _view(row: repository.Row) -> dict[str, Any]:
    shown = ("id", "url", "state", "trouble", "failures", "dropped", "created_at", "former_until")
    return {"types": row.kinds, **{name: getattr(row, name) for name in shown}}


def _message_view(row: repository.Row) -> dict[str, Any]:
    shown = ("id", "state", "tries", "answer", "created_at", "ended_at")
    return {
        "type": row.kind,
        **{name: getattr(row, name) for name in shown},
        "next_at": row.next_at if row.state == "waiting" else None,
        "message": msgspec.json.decode(row.body),
    }
