"""Child processes do the reading, and their death is survived."""

import asyncio
import os
import signal

import pytest

from services.social.analysis.domain import analyse
from services.social.analysis.service import Readers, ReadersLost, analyse_texts


async def test_long_texts_are_read_elsewhere_with_the_same_answers() -> None:
    readers = Readers(1)
    texts = ["Giao hàng chậm quá, thất vọng. " * 4] * 300
    try:
        assert await readers.run(os.getpid) != os.getpid()
        assert await analyse_texts(readers, texts) == analyse(texts)
    finally:
        await readers.close()


async def test_a_killed_child_is_replaced_and_a_deadly_call_is_given_up() -> None:
    readers = Readers(1)
    try:
        os.kill(await readers.run(os.getpid), signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert await readers.run(os.getpid) > 0
        with pytest.raises(ReadersLost):
            await readers.run(os._exit, 1)
    finally:
        await readers.close()
