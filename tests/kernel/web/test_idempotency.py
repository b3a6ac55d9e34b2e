"""An Idempotency-Key: work is done once, and its first answer is given again for a day."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from kernel.errors import Fault
from kernel.store import answers
from kernel.store.effects import commit_so_far
from kernel.store.engine import Database
from kernel.store.holdings import forget
from kernel.store.tables import store_tables
from kernel.web.asgi import Receive, Scope, Send
from kernel.web.idempotency import Idempotent
from kernel.web.internal import Caller
from kernel.web.upstream import Reply, call

metadata = sa.MetaData()
store = store_tables(metadata)
made = sa.Table(
    "made", metadata, sa.Column("number", sa.Integer, primary_key=True), sa.Column("what", sa.Text)
)
Door = Callable[[Database, bytes], Awaitable[tuple[int, bytes]]]
SECRET = b"a secret of the tests, of 32 bytes"
PERSON = "0193a000-0000-7000-8000-000000000001"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engines)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/service.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool=8)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    yield database
    await database.close()


async def make(database: Database, body: bytes) -> tuple[int, bytes]:
    """A door that makes one thing, and answers with how many there are."""
    async with database.transaction() as tx:
        await tx.execute(sa.insert(made).values(what=body.decode()))
    async with database.snapshot() as connection:
        count = await connection.scalar(sa.select(sa.func.count()).select_from(made))
    return 201, msgspec.json.encode({"made": count, "of": PERSON})


class Service:
    """A service with one door, and how often that was asked."""

    def __init__(self, database: Database, door: Door = make) -> None:
        self.database, self.door, self.asked = database, door, 0
        self.idempotent = Idempotent(self._serve, database, store, SECRET)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, content = await self.door(self.database, body)
        await send({"type": "http.response.start", "status": status, "headers": [(b"x-made", b"here")]})
        await send({"type": "http.response.body", "body": content})

    async def post(self, body: bytes = b"one", key: str | None = "k-1", **more: Any) -> Reply:
        async def known(scope: Scope, receive: Receive, send: Send) -> None:
            scope["caller"] = Caller(more.get("client", "shop"), "internal")
            await self.idempotent(scope, receive, send)

        headers = [(b"content-type", more.get("content_type", b"application/json"))]
        headers += [(b"idempotency-key", key.encode())] if key else []
        return await call(known, "POST", more.get("path", "/v1/things"), headers=headers, body=body)

    async def things(self) -> int:
        async with self.database.snapshot() as connection:
            return int(await connection.scalar(sa.select(sa.func.count()).select_from(made)) or 0)


async def test_asked_again_it_gives_the_first_answer_and_does_nothing(database: Database) -> None:
    service = Service(database)
    first, again = await service.post(), await service.post()
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (
        dict(again.headers)[b"idempotency-replayed"] == b"true" and dict(again.headers)[b"x-made"] == b"here"
    )
    assert (service.asked, await service.things()) == (1, 1)


async def test_the_answer_outlives_a_restart(database: Database) -> None:
    first = await Service(database).post()
    service = Service(database)
    assert ((await service.post()).body, service.asked) == (first.body, 0)


@pytest.mark.parametrize("other", [{"body": b"two"}, {"path": "/v1/others"}])
async def test_another_request_under_the_key_is_refused(database: Database, other: dict[str, Any]) -> None:
    service = Service(database)
    await service.post()
    with pytest.raises(Fault) as refused:
        await service.post(**other)
    assert (refused.value.status, refused.value.code) == (422, "idempotency-key-reused")


async def test_keys_of_different_clients_have_nothing_to_do_with_each_other(database: Database) -> None:
    service = Service(database)
    await service.post()
    await service.post(client="another shop")
    assert await service.things() == 2


async def test_while_the_first_one_runs_the_second_is_told_so(database: Database) -> None:
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(database: Database, body: bytes) -> tuple[int, bytes]:
        answer = await make(database, body)
        started.set()
        await go.wait()
        return answer

    service, elsewhere = Service(database, slow), Service(database)
    first = asyncio.create_task(service.post())
    await started.wait()
    with pytest.raises(Fault) as refused:
        await service.post()
    assert (refused.value.status, refused.value.code) == (409, "idempotency-in-progress")
    if database.is_server:  # SQLite has one process, which knows what it runs
        with pytest.raises(Fault) as refused:
            await elsewhere.post()
        assert refused.value.code == "idempotency-in-progress"
    go.set()
    assert (await first).status == 201
    assert (await service.post()).body == (await first).body
    assert await service.things() == 1


async def test_what_broke_off_left_nothing_and_may_be_sent_again(database: Database) -> None:
    async def broken(database: Database, body: bytes) -> tuple[int, bytes]:
        await make(database, body)
        raise OSError("the machine is out of something")

    with pytest.raises(OSError, match="out of something"):
        await Service(database, broken).post()
    assert await Service(database).things() == 0
    assert (await Service(database).post()).status == 201


async def test_a_server_error_is_not_kept(database: Database) -> None:
    async def failing(database: Database, body: bytes) -> tuple[int, bytes]:
        await make(database, body)
        return 503, b"{}"

    assert (await Service(database, failing).post()).status == 503
    assert (await Service(database).post()).status == 201
    assert await Service(database).things() == 1


async def test_a_refusal_before_anything_was_done_may_be_corrected(database: Database) -> None:
    async def refusing(_: Database, body: bytes) -> tuple[int, bytes]:
        return 422, b"{}"

    assert (await Service(database, refusing).post(b"bad")).status == 422
    assert (await Service(database).post(b"good")).status == 201


async def test_a_refusal_that_did_something_is_kept_with_it(database: Database) -> None:
    async def counting(database: Database, body: bytes) -> tuple[int, bytes]:
        await make(database, body)
        return 422, b"counted"

    service = Service(database, counting)
    assert [(await service.post()).body for _ in range(3)] == [b"counted"] * 3
    assert await service.things() == 1


async def test_a_part_that_fails_takes_back_only_itself(database: Database) -> None:
    async def twice(database: Database, body: bytes) -> tuple[int, bytes]:
        with pytest.raises(sa.exc.IntegrityError):
            async with database.transaction() as tx:
                await tx.execute(sa.insert(made).values(number=1, what="first"))
                await tx.execute(sa.insert(made).values(number=1, what="again"))
        return await make(database, body)

    service = Service(database, twice)
    assert (await service.post()).status == 201
    assert await service.things() == 1


async def test_what_was_committed_before_something_outside_is_never_done_twice(database: Database) -> None:
    async def sending(database: Database, body: bytes) -> tuple[int, bytes]:
        await make(database, body)
        await commit_so_far(database)
        raise OSError("the carrier broke the connection")

    with pytest.raises(OSError, match="carrier"):
        await Service(database, sending).post()
    service = Service(database)
    assert await service.things() == 1
    with pytest.raises(Fault) as refused:
        await service.post()
    assert refused.value.status == 409
    assert (service.asked, await service.things()) == (0, 1)


async def test_after_a_day_the_key_is_free(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(database)
    await service.post()
    monkeypatch.setattr(answers, "KEPT_FOR", timedelta(0))
    assert (await service.post(b"two")).status == 201
    assert await service.things() == 2


async def test_the_kept_answer_is_sealed(database: Database) -> None:
    await Service(database).post()
    async with database.snapshot() as connection:
        row = (await connection.execute(sa.select(store.kept_answer))).one()
    assert b"made" not in row.answer and b"k-1" not in row.id
    assert row.at <= datetime.now(UTC)


async def test_erasure_takes_the_answers_that_name_the_person(database: Database) -> None:
    await Service(database).post()
    async with database.transaction() as tx:
        assert await forget(tx, [answers.answers_about(store)], ["0193a000-0000-7000-8000-000000000002"]) == {
            "kept answers": 0
        }
        assert await forget(tx, [answers.answers_about(store)], [PERSON]) == {"kept answers": 1}


async def test_without_a_key_nothing_is_kept(database: Database) -> None:
    service = Service(database)
    await service.post(key=None)
    await service.post(key=None)
    async with database.snapshot() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(store.kept_answer)) == 0
    assert await service.things() == 2


async def test_a_key_is_printable_and_short(database: Database) -> None:
    for key in ("", "a" * 256, "a b"):
        with pytest.raises(Fault) as refused:
            await Service(database).post(key=key or " ")
        assert refused.value.status == 400


async def test_a_files_boundary_is_not_part_of_the_request(database: Database) -> None:
    def form(boundary: str, content: str) -> dict[str, Any]:
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\n{content}\r\n--{boundary}--\r\n'
        return {"body": body.encode(), "content_type": f"multipart/form-data; boundary={boundary}".encode()}

    service = Service(database)
    first = await service.post(**form("----one", "a,b"))
    assert (await service.post(**form("----another", "a,b"))).body == first.body
    with pytest.raises(Fault):
        await service.post(**form("----third", "a,c"))
