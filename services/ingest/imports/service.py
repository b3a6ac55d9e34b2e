"""Use cases of imports: take a file in, show what it would come to, tell how far an import is, ask for its undoing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import FieldError, InvalidInput, NotFound
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.web.upload import Upload
from services.ingest import moments
from services.ingest.identity.indexing import Indexer
from services.ingest.imports import repository
from services.ingest.imports.child import Order
from services.ingest.imports.domain.brought import decode
from services.ingest.imports.domain.form import Form, read_form
from services.ingest.imports.domain.layout import Asked, Layout
from services.ingest.imports.domain.lines import Problem
from services.ingest.imports.domain.records import Base
from services.ingest.imports.domain.work import Block, Broken, Found, Job
from services.ingest.imports.reading import ReadingFailed, reading
from services.ingest.imports.spool import SpoolWriter
from services.ingest.records import service as records
from services.ingest.sources.service import Sources
from services.ingest.vault.service import Place, Vault

GROUPS = 4
"""Groups of an import that are looked at together."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an import was asked to do, and what its columns are called and become: sealed, headers may hold anything."""

    asked: Asked
    base: Base
    columns: list[str]
    fields: list[str]


class Received(NamedTuple):
    """A file that was taken in: its import's id, the key of its spool, a keyed hash of it, and its form."""

    id: str
    key: bytes
    digest: bytes
    form: Form


class Preview(NamedTuple):
    """What the first rows of a file come to."""

    layout: Layout
    block: Block


_encode_plan = msgspec.json.Encoder().encode
_decode_plan = msgspec.json.Decoder(Plan).decode


@dataclass(slots=True)
class ImportDesk:
    """Takes files in. `folder` holds the sealed files of imports that are not done."""

    database: Database
    vault: Vault
    sources: Sources
    indexer: Indexer
    folder: Path
    memory: int
    wake: Callable[[], None] = field(default=lambda: None)

    @asynccontextmanager
    async def received(self, content_type: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[Received]:
        """An upload, sealed on disk inside this block; where the block raises or does not keep it, it is gone after.

        Raises MalformedInput or InvalidInput for what the form is not.
        """
        key_of = new_id()
        key = (await self.vault.keys_for([key_of], fresh=[key_of]))[key_of]
        spool = SpoolWriter(self.path_of(key_of), key, key_of)
        kept = False
        try:
            upload = Upload(spool)
            await upload.take(content_type, chunks)
            await asyncio.to_thread(spool.close)
            form = read_form(upload.fields)
            await self._mind_source(form.source)
            digest = self.indexer.content(b"import|" + upload.digest.digest())
            yield (found := Received(key_of, key, digest, form))
            async with self.database.snapshot() as connection:
                kept = await repository.import_by_id(connection, found.id) is not None
        finally:
            spool.abandon()
            if not kept:
                await self.drop_file(key_of)

    async def _mind_source(self, source: str) -> None:
        async with self.database.snapshot() as connection:
            if source not in await self.sources.known(connection, {source}):
                error = FieldError("/source", "Register the source, or use default.")
                raise InvalidInput("The source is not registered.", errors=[error])

    async def look(self, received: Received) -> Layout:
        """How the file would be read. Raises InvalidInput where it cannot be, or the mapping does not fit it."""
        return (await self.preview(received)).layout

    async def preview(self, received: Received) -> Preview:
        """What the first rows come to. Raises InvalidInput as `look` does."""
        base = self._base(received, moments.now())
        order = self.order_of(
            received.id, received.key, Job(asked=received.form.asked, base=base), preview=True
        )
        layout, block = None, Block([], [], [], 0, 0)
        try:
            async with reading(order) as messages:
                async for message in messages:
                    if isinstance(message, Broken):
                        error = FieldError("/file", f"{message.detail} ({message.code})")
                        raise InvalidInput(message.detail, errors=[error])
                    if isinstance(message, Found):
                        layout = message.layout
                        _mind_mapping(layout)
                    else:
                        block = message
        except ReadingFailed:
            layout = None
        if layout is None:
            raise InvalidInput("The file cannot be read.", errors=[FieldError("/file", "Save it anew.")])
        return Preview(layout, block)

    async def start(self, received: Received, layout: Layout, client_id: str) -> str:
        """Queue the import of a file that was looked at; returns its id."""
        form, now = received.form, moments.now()
        owner = plan_owner(received.id)
        keys = await self.vault.keys_for([owner], fresh=[owner])
        async with self.database.transaction() as tx:
            first = await repository.first_of_file(tx, received.digest, layout.kind, form.source)
            base = self._base(received, first if first is not None else now)
            plan = Plan(
                asked=msgspec.structs.replace(form.asked, kind=layout.kind, preset=layout.preset),
                base=base,
                columns=[one.column for one in layout.columns],
                fields=[one.field for one in layout.columns],
            )
            (sealed,) = self.vault.seal_all(keys, [(_place_of(received.id), _encode_plan(plan))])
            row = {
                "id": received.id, "source": form.source, "kind": layout.kind, "preset": layout.preset,
                "client_id": client_id, "digest": received.digest, "plan": sealed, "created_at": now,
            }  # fmt: skip
            await repository.add_import(tx, row)
        self.wake()
        return received.id

    def _base(self, received: Received, at: int) -> Base:
        form = received.form
        return Base(
            seed=received.digest.hex(),
            source=form.source,
            occurred_at=moments.moment_of(at).isoformat(timespec="seconds"),
            consent=form.consent,
            basis=form.basis,
        )

    def order_of(self, key_of: str, key: bytes, job: Job, *, preview: bool = False) -> Order:
        """What the child is told."""
        path = str(self.path_of(key_of).absolute())
        return Order(path=path, key=key.hex(), name=key_of, memory=self.memory, job=job, preview=preview)

    async def plan_of(self, row: Any) -> Plan:
        """The plan of an import."""
        return _decode_plan((await self.vault.open_sealed([(_place_of(row.id), row.plan)]))[0])

    def path_of(self, key_of: str) -> Path:
        """Where an import's file rests."""
        return self.folder / f"{key_of}.sealed"

    async def drop_file(self, key_of: str) -> None:
        """Destroy an import's file: its key first, so that no copy opens any more."""
        await self.vault.discard([key_of])
        await asyncio.to_thread(self.path_of(key_of).unlink, missing_ok=True)


async def find_import(tx: AsyncConnection, key: str, *, lock: bool = False) -> Any:
    """An import by its id. Raises NotFound."""
    row = await repository.import_by_id(tx, key, lock=lock)
    if row is None:
        raise NotFound("There is no such import.")
    return row


async def ask_undo(tx: AsyncConnection, key: str) -> Any:
    """Let an import be undone, running or done; again is no error. Raises NotFound."""
    row = await find_import(tx, key, lock=True)
    if row.state != repository.UNDONE and not row.undo:
        await repository.ask_undo(tx, key)
    return row


async def people_of(tx: AsyncConnection, key: str, after: int) -> tuple[list[tuple[int, str]], int | None]:
    """(row, subject) of the stored records of a few groups, and where the next ones begin."""
    groups = await repository.groups_of(tx, key, after, GROUPS)
    stored = {one.id: one.row for group in groups for one in decode(group.brought).stored}
    kept = await records.find_kept(tx, list(stored))
    people = sorted((stored[row.id], row.subject_id) for row in kept if row.subject_id is not None)
    return people, groups[-1].upto if len(groups) == GROUPS else None


def problems_in(brought: bytes) -> list[Problem]:
    """The problems of a group."""
    return decode(brought).problems


def plan_owner(key: str) -> str:
    """Whose key seals the plan of an import: it outlives the file's."""
    return str(uuid5(UUID(key), "plan"))


def _place_of(key: str) -> Place:
    return Place(plan_owner(key), key, "import")


def _mind_mapping(layout: Layout) -> None:
    if layout.mistakes:
        errors = [FieldError(f"/mapping/{_escaped(column)}", what) for column, what in layout.mistakes]
        raise InvalidInput("The mapping does not fit the file; see errors.", errors=errors)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
