"""Use cases of models: review, correct, train, take up again, analyse anew. None of them commits."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from services.social.mentions.domain.corrections import Labels
from services.social.mentions.repository import reviews
from services.social.models import repository
from services.social.models.domain.trial import Figures, is_held_out
from services.social.training.domain.examples import Example

NO_MENTION, NO_MODEL, NO_JOB = "There is no such mention.", "There is no such model.", "There is no such job."
SHIPPED = "shipped"

_encode = msgspec.json.Encoder().encode
_labels = msgspec.json.Decoder(Labels).decode


async def list_reviews(
    tx: AsyncConnection, after: tuple[int, str] | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Up to `limit` + 1 mentions that want a person's eye, newest first."""
    return await reviews.select_queue(tx, after, limit + 1)


async def dispute(tx: AsyncConnection, mention_id: str, client: str, now_ms: int) -> None:
    """Put an analysis into the queue. Raises NotFound."""
    await _mind(tx, mention_id)
    await reviews.upsert_review(tx, mention_id, reviews.DISPUTED, "{}", client, now_ms)


async def correct(tx: AsyncConnection, mention_id: str, labels: Labels, client: str, now_ms: int) -> None:
    """Let a person's labels stand above the model's; the mention is published anew. Raises NotFound."""
    await _mind(tx, mention_id)
    said = _encode(labels).decode()
    await reviews.upsert_review(tx, mention_id, reviews.CORRECTED, said, client, now_ms)
    await reviews.read_again(tx, [mention_id])


async def ask_for(tx: AsyncConnection, kind: str, now_ms: int) -> str:
    """A training or re-analysis, done in the background: its id. Raises Conflict while another of its kind is open."""
    if await repository.select_open(tx, kind) is not None:
        raise Conflict("Another one is waiting or running.")
    return await _queue(tx, kind, now_ms)


async def take_up(tx: AsyncConnection, model: str, now_ms: int) -> str:
    """Let a kept model (or `shipped`) answer again; the id of the re-analysis. Raises NotFound."""
    if not await repository.activate(tx, None if model == SHIPPED else model):
        raise NotFound(NO_MODEL)
    return await _queue(tx, repository.REANALYSE, now_ms)


async def list_models(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Up to `limit` + 1 models after an id."""
    return await repository.select_models(tx, after, limit + 1)


async def find_job(tx: AsyncConnection, job_id: str) -> sa.Row[Any]:
    """A job by its id. Raises NotFound."""
    row = await repository.select_job(tx, job_id)
    if row is None:
        raise NotFound(NO_JOB)
    return row


async def lessons(tx: AsyncConnection) -> tuple[list[Example], list[Example]]:
    """What people corrected: to learn from, and (every fifth) to judge by."""
    learn: list[Example] = []
    held: list[Example] = []
    for row in await reviews.select_corrected(tx):
        said = _labels(row.labels)
        intents = None if said.intents is None else tuple(said.intents)
        one = Example(row.text, said.sentiment, said.emotion, intents, None, said.spam, "own")
        (held if is_held_out(row.mention_id) else learn).append(one)
    return learn, held


async def keep(
    tx: AsyncConnection,
    job_id: str,
    model: dict[str, Any],
    figures: dict[str, Figures],
    lost: Sequence[str],
    now_ms: int,
) -> None:
    """Keep a trained model; where it lost nothing it answers from now on, and everything is analysed anew."""
    state = repository.REJECTED if lost else repository.KEPT
    row = {
        **model,
        "state": state,
        "figures": _encode({**figures, "lost": list(lost)}).decode(),
        "made_ms": now_ms,
    }
    await repository.insert_model(tx, row)
    trouble = "worse: " + ", ".join(lost) if lost else None
    await repository.change_job(
        tx,
        job_id,
        state=repository.DONE,
        done=1,
        model_id=model["model_id"],
        trouble=trouble,
        touched_ms=now_ms,
    )
    if not lost:
        await take_up(tx, model["model_id"], now_ms)


async def _queue(tx: AsyncConnection, kind: str, now_ms: int) -> str:
    job_id = new_id()
    total = await reviews.count_mentions(tx) if kind == repository.REANALYSE else 1
    await repository.insert_job(tx, job_id, kind, total, now_ms)
    return job_id


async def _mind(tx: AsyncConnection, mention_id: str) -> None:
    if not await reviews.is_known(tx, mention_id):
        raise NotFound(NO_MENTION)
