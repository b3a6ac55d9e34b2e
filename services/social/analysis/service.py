"""Use cases of analysis: texts are read in child processes, so that the loop that answers requests stays quick."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import ParamSpec, TypeVar

import msgspec

from services.social.analysis.domain import Analysis, analyse
from services.social.analysis.domain.analyser import model_at, shipped
from services.social.analysis.domain.lexicon import lexicon
from services.social.analysis.domain.linear import Model

P = ParamSpec("P")
T = TypeVar("T")

Current = Callable[[], Awaitable[Path | None]]
"""Tells the file of the model that answers now; None: the shipped one."""

INLINE_CHARS = 2_000
"""So few characters (about a millisecond) are read in the loop itself: cheaper than the way to a child."""

TEXTS_A_TURN = 250
"""Texts a child reads before the next caller has its turn."""

_decode = msgspec.json.Decoder(list[Analysis]).decode


class ReadersLost(ConnectionError):
    """The child processes died, twice; nothing was changed, and trying again is safe."""


@dataclass(slots=True)
class Readers:
    """Child processes for work that takes longer than a request may keep others waiting. Started on first use."""

    processes: int
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work(*args)` in a child: a function of a module, with arguments that can be pickled.

        Raises what it raises, and ReadersLost where children died on it twice.
        """
        call = partial(work, *args, **kwargs)
        for _ in range(2):
            pool = self._pool or self._start()
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, call)
            except BrokenProcessPool:
                if self._pool is pool:
                    self._pool = None
        raise ReadersLost("the reading processes died")

    async def close(self) -> None:
        """End the children; what they were at is dropped."""
        pool, self._pool = self._pool, None
        if pool:
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        self._pool = ProcessPoolExecutor(self.processes, get_context("spawn"), _settle_in)
        return self._pool


async def analyse_texts(readers: Readers, texts: Sequence[str], model: Path | None = None) -> list[Analysis]:
    """One analysis a text, in order, by a company's model where a file of one is given.

    Raises ReadersLost, BadModel where the file is damaged; nothing else, whatever the texts.
    """
    if sum(map(len, texts)) <= INLINE_CHARS:
        models = await asyncio.to_thread(
            _models, model
        )  # the first time it reads files for a fifth of a second
        return analyse(texts, models)
    turns = (texts[start : start + TEXTS_A_TURN] for start in range(0, len(texts), TEXTS_A_TURN))
    return list(
        chain.from_iterable([_decode(await readers.run(_analyse_packed, turn, model)) for turn in turns])
    )


def _models(company: Path | None) -> list[Model]:
    shipped()
    return [] if company is None else [model_at(company)]


def _analyse_packed(texts: Sequence[str], model: Path | None) -> bytes:
    """Analyses as JSON: quicker between processes than pickled objects."""
    return msgspec.json.encode(analyse(texts, _models(model)))


def _settle_in() -> None:
    """A child begins: Ctrl-C is its parent's business, and it ends with its parent, however that one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    lexicon()
    shipped()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(0)
