"""What a group of an import brought, as it is kept to be told and to be undone."""

from typing import Final

import msgspec

from services.ingest.imports.domain.lines import Problem

CREATED: Final = 1 << 15
"""The record's person was new."""
STAND_IN: Final = 1 << 14
"""The stand-in of the person on a shared phone was new."""


class Stored(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stored record: the row it is of, its id and source, and bits of what was new with it.

    Bit n: the n-th of its pointers led to nobody before. Bits instead of the pointers themselves: an erased person
    leaves nothing here.
    """

    row: int
    id: str
    source: str
    news: int


class Brought(msgspec.Struct, frozen=True, array_like=True):
    """Records stored, items put into quarantine, notes of records that were there before, and problems told."""

    stored: list[Stored]
    kept: list[str]
    attempts: list[str]
    problems: list[Problem]


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Brought).decode
