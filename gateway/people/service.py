"""Merging people: ingest keeps the ledger of merges, ours takes each change over before the client hears of it.

So from the answer on a merged-away id is read as the one that it became, by the stricter consent of the two.
"""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent.service import follow_merges
from gateway.parts import Parts
from kernel.errors import Conflict, Fault, Gone, InvalidInput, NotFound, ScopeMissing, Unavailable
from kernel.web.internal import HEADER, Caller
from kernel.web.upstream import call


class Made(msgspec.Struct, frozen=True):
    """What ingest answers about a merge or a split."""

    merge_id: str
    subject_id: str
    source_id: str
    merge_version: int
    merged_at: datetime | None = None
    split_at: datetime | None = None


class Settled(msgspec.Struct, frozen=True):
    """What ingest answers about a suggestion that was accepted."""

    id: str
    subject_id: str
    merge_id: str | None = None
    merge: Made | None = None


class _Problem(msgspec.Struct, frozen=True):
    type: str = ""
    title: str = ""
    detail: str = ""


_KNOWN = {kind.status: kind for kind in (NotFound, Gone, InvalidInput, ScopeMissing)}


async def ask_ingest(parts: Parts, caller: Caller, path: str, body: object) -> bytes:
    """Ingest's answer to a POST on behalf of `caller`. Raises its refusal, or Unavailable."""
    app = parts.upstreams.get("ingest")
    if app is None:
        raise Unavailable("The ingest service is not connected.")
    headers = ((HEADER, parts.internal.mint(caller).encode()), (b"content-type", b"application/json"))
    reply = await call(app, "POST", path, headers=headers, body=msgspec.json.encode(body))
    if reply.status < 300:
        return reply.body
    raise _refusal(reply.status, reply.body)


def _refusal(status: int, body: bytes) -> Fault:
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    if status == 409:
        return _named_conflict(problem)
    return _KNOWN.get(status, Unavailable)(problem.detail)


def _named_conflict(problem: _Problem) -> Fault:
    """A conflict under the type that ingest gave it: what is stable there is stable here."""
    code = problem.type.rpartition("/")[2] or Conflict.code
    named: type[Conflict] = type("IngestConflict", (Conflict,), {"code": code, "title": problem.title})
    return named(problem.detail)


async def take_over(tx: AsyncConnection, made: Made) -> None:
    """Note the merge (or that it was undone), as its event will again."""
    at = made.merged_at or made.split_at
    into = made.subject_id if made.merged_at else None
    if at is not None:
        await follow_merges(tx, [(made.source_id, into, made.merge_id, made.merge_version, at)])
