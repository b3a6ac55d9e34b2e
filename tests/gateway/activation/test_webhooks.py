"""Webhooks: signed as the standard has it, tried for three days, never into a private network, one queue each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.activation import service
from gateway.activation.domain.kinds import Told
from gateway.activation.domain.trying import WAITS, wait_after
from gateway.activation.repository import HOLDINGS
from gateway.activation.stream import Telling
from gateway.activation.tables import webhook, webhook_message
from kernel.contracts.consents import ConsentChanged, PurposeState
from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectErased
from kernel.ids import new_id
from kernel.store.holdings import forget
from kernel.web.outward import AddressRefused, Outward
from tests.gateway.edge.running import Gateway, refused, running
from tests.happened import envelope
from tests.running import body_of, until

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass
class Receiver:
    """A partner's server."""

    status: int = 204
    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=1"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value for name, value in headers.items()}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(status: int = 204) -> AsyncIterator[Receiver]:
    receiver = Receiver(status)
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()
    await server.wait_closed()


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that may tell receivers on this machine."""
    async with running(tmp_path, webhooks_private=True) as gateway:
        yield gateway


async def hook(gateway: Gateway, url: str, *kinds: str, who: str = "partner") -> dict[str, Any]:
    body = {"url": url, "types": list(kinds) or ["webhook.test"]}
    reply = await gateway.ask("POST", "/v1/webhooks", body, who=who)
    assert reply.status == 201, reply.body
    return body_of(reply)


async def messages(gateway: Gateway, hook_id: str, who: str = "partner") -> list[dict[str, Any]]:
    listed = await gateway.ask("GET", f"/v1/webhooks/{hook_id}/messages", who=who)
    items: list[dict[str, Any]] = body_of(listed)["items"]
    return items


def come(gateway: Gateway, hook_id: str, state: str, count: int = 1) -> Callable[[], Any]:
    async def look() -> bool:
        return [one["state"] for one in await messages(gateway, hook_id)].count(state) == count

    return look


async def test_a_test_message_comes_signed_as_the_standard_has_it(local: Gateway) -> None:
    async with receiving() as receiver:
        made = await hook(local, receiver.url)
        sent = body_of(await local.ask("POST", f"/v1/webhooks/{made['id']}/test", who="partner"))
        await until(come(local, made["id"], "delivered"))
        (headers, body), *more = receiver.got
        assert not more and headers["webhook-id"] == sent["id"]
        told = Webhook(made["secret"]).verify(body, headers)
        assert told["type"] == "webhook.test" and told["data"] == {"test": True}
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(body + b" ", headers)


async def test_while_a_secret_replaces_another_both_check(local: Gateway) -> None:
    async with receiving() as receiver:
        made = await hook(local, receiver.url)
        rotated = body_of(await local.ask("POST", f"/v1/webhooks/{made['id']}/secrets", who="partner"))
        await local.ask("POST", f"/v1/webhooks/{made['id']}/test", who="partner")
        await until(come(local, made["id"], "delivered"))
        headers, body = receiver.got[0]
        for secret in (made["secret"], rotated["secret"]):
            assert Webhook(secret).verify(body, headers)


async def test_what_is_not_taken_is_tried_again_and_can_be_replayed(local: Gateway) -> None:
    async with receiving(500) as receiver:
        made = await hook(local, receiver.url)
        await local.ask("POST", f"/v1/webhooks/{made['id']}/test", who="partner")

        async def tried() -> bool:
            return [one["tries"] for one in await messages(local, made["id"])] == [1]

        await until(tried)
        (waiting,) = await messages(local, made["id"])
        assert waiting["state"] == "waiting" and waiting["answer"] == "500"
        assert datetime.fromisoformat(waiting["next_at"]) > datetime.fromisoformat(waiting["created_at"])
        shown = body_of(await local.ask("GET", f"/v1/webhooks/{made['id']}", who="partner"))
        assert (shown["failures"], shown["trouble"]) == (1, "500")
        receiver.status = 200
        await local.ask("PATCH", f"/v1/webhooks/{made['id']}", {"state": "open"}, who="partner")
        path = f"/v1/webhooks/{made['id']}/messages/{waiting['id']}/replay"
        assert (await local.ask("POST", path, who="partner")).status == 202
        async with local.parts.database.transaction() as tx:  # five seconds later
            await tx.execute(sa.update(webhook).values(next_at=NOW))
        await until(come(local, made["id"], "delivered"))
        assert [headers["webhook-id"] for headers, _ in receiver.got] == [waiting["id"]] * 2
        body = {"since": NOW.isoformat(), "states": ["delivered"]}
        again = await local.ask("POST", f"/v1/webhooks/{made['id']}/replay", body, who="partner")
        assert body_of(again) == {"count": 1}


async def test_gone_disables_it_until_it_is_opened_again(local: Gateway) -> None:
    async with receiving(410) as receiver:
        made = await hook(local, receiver.url)
        await local.ask("POST", f"/v1/webhooks/{made['id']}/test", who="partner")

        async def disabled() -> bool:
            shown = body_of(await local.ask("GET", f"/v1/webhooks/{made['id']}", who="partner"))
            return bool(shown["state"] == "disabled" and shown["trouble"] == "gone")

        await until(disabled)
        again = await local.ask("POST", f"/v1/webhooks/{made['id']}/test", who="partner")
        assert refused(again, 409, "conflict")


async def test_a_dead_destination_slows_no_other(local: Gateway) -> None:
    stuck = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stuck.wait()
        writer.close()

    dead = await asyncio.start_server(never, "127.0.0.1", 0)
    async with receiving() as receiver:
        first = await hook(local, f"http://127.0.0.1:{dead.sockets[0].getsockname()[1]}/")
        second = await hook(local, receiver.url)
        for made in (first, second):
            await local.ask("POST", f"/v1/webhooks/{made['id']}/test", who="partner")
        await until(come(local, second["id"], "delivered"))
        assert [one["state"] for one in await messages(local, first["id"])] == ["waiting"]
    stuck.set()
    dead.close()


def test_ten_tries_take_three_days() -> None:
    assert len(WAITS) == 9 and wait_after(10) is None
    assert timedelta(days=2, hours=12) < sum(WAITS, timedelta()) <= timedelta(days=3, hours=6)
    assert list(WAITS) == sorted(WAITS)


async def test_a_queue_is_bounded_and_what_is_dropped_is_counted(
    local: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await hook(local, "http://127.0.0.1:9/")
    await local.ask("PATCH", f"/v1/webhooks/{made['id']}", {"state": "disabled"}, who="partner")
    monkeypatch.setattr(service, "MOST_WAITING", 3)
    async with local.parts.database.transaction() as tx:
        row = (await tx.execute(sa.select(webhook))).one()
        await service.enqueue(tx, row, [Told("webhook.test", f"k{at}", {}) for at in range(5)])
    shown = body_of(await local.ask("GET", f"/v1/webhooks/{made['id']}", who="partner"))
    assert (shown["dropped"], shown["trouble"]) == (2, "queue-full")
    assert len(await messages(local, made["id"])) == 3


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/", "https://u:p@shop.example/", "ftp://shop.example", "https://", "https://x:y/"],
)
async def test_an_address_that_nobody_should_send_to_is_refused(gateway: Gateway, url: str) -> None:
    reply = await gateway.ask("POST", "/v1/webhooks", {"url": url, "types": ["webhook.test"]}, who="partner")
    assert refused(reply, 422, "invalid-input")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "0.0.0.0"],  # noqa: S104 - reached for, not bound
)
async def test_a_private_address_is_never_reached(host: str) -> None:
    with pytest.raises(AddressRefused):
        await Outward().post(f"https://{host}/", b"{}", {})


async def test_what_is_told_takes_its_scope(gateway: Gateway) -> None:
    await gateway.register("narrow", scopes=["subjects:read"])
    body = {"url": "https://shop.example/", "types": ["consent.changed"]}
    assert refused(await gateway.ask("POST", "/v1/webhooks", body, who="narrow"), 403, "scope-missing")


async def test_nobody_sees_anothers_webhook(gateway: Gateway) -> None:
    made = await hook(gateway, "https://shop.example/")
    for method, more in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/messages")):
        reply = await gateway.ask(method, f"/v1/webhooks/{made['id']}{more}", who="operator")
        assert refused(reply, 404, "not-found")


async def tell(gateway: Gateway, *events: Event) -> None:
    async with gateway.parts.database.transaction() as tx:
        await Telling(gateway.parts.pairwise, lambda: None).hear(tx, events)


def consent(subject: str, **purposes: bool) -> ConsentChanged:
    states = {
        name: PurposeState(granted_at=NOW, withdrawn_at=None if given else NOW)
        for name, given in purposes.items()
    }
    return ConsentChanged(**envelope(subject), ledger_version=2, purposes=states)


async def test_a_partner_hears_of_people_whom_it_was_shown_by_its_own_ids_and_for_its_own_purposes(
    gateway: Gateway,
) -> None:
    known, stranger = gateway.ingest.add(full_name="Nguyễn Thị Ánh"), new_id()
    await gateway.consent(known, "marketing", "analytics")
    outer = gateway.parts.pairwise.outer(gateway.credentials["partner"]["client_id"], known)
    await gateway.ask("GET", f"/v1/subjects/{outer}?purpose=marketing", who="partner")
    made = await hook(gateway, "https://shop.example/", "consent.changed")
    event = consent(known, marketing=False, analytics=True)
    await tell(gateway, event, event, consent(stranger, marketing=False), consent(known, analytics=False))
    (told,) = await messages(gateway, made["id"])
    assert told["message"]["data"] == {"subject_id": outer, "purposes": {"marketing": "withdrawn"}}
    erased = SubjectErased(**envelope(known), origins=(known,), request_id=new_id())
    await tell(gateway, erased)
    assert len(await messages(gateway, made["id"])) == 1  # not among the types it asked for


async def test_erasure_takes_waiting_messages_about_the_person(gateway: Gateway) -> None:
    made = await hook(gateway, "https://shop.example/", "consent.changed", "subject.erased", who="operator")
    person = new_id()
    erased = SubjectErased(**envelope(person), origins=(person,), request_id=new_id())
    await tell(gateway, consent(person, marketing=True), erased)
    async with gateway.parts.database.transaction() as tx:
        assert await forget(tx, HOLDINGS, [person]) == {"webhook messages": 1}
        left = (await tx.execute(sa.select(webhook_message.c.kind))).scalars().all()
    assert left == ["subject.erased"] and made["id"]
