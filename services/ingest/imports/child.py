"""The process that reads a file: `python -m services.ingest.imports.child`, with an order on standard input.

It knows the sealed file and its key, and no database; records go to standard output, never to a disk. It ends when
whoever started it does.
"""

import os
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from services.ingest.imports.domain.work import Broken, Job, Told, preview, read_all
from services.ingest.imports.spool import DamagedSpool, open_spool

HEAD: Final = struct.Struct(">I")
"""Before each message: its length."""

TOLD: Final = msgspec.msgpack.Decoder(Told)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told, in one line of JSON."""

    path: str
    key: str
    name: str
    memory: int
    job: Job
    preview: bool = False


def told(order: Order) -> Iterator[Told]:
    """What the file says. A file that takes more memory than is allowed is broken like any other."""
    read = preview if order.preview else read_all
    try:
        yield from read(lambda: open_spool(Path(order.path), bytes.fromhex(order.key), order.name), order.job)
    except DamagedSpool:
        yield Broken("file-damaged", "The file as it was kept is damaged; send it again.")
    except MemoryError:
        yield Broken("file-too-large", "Reading the file takes too much memory: save it as CSV.")


def main() -> None:
    """Do the order on standard input; exit quietly where nobody listens any more."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    os.nice(5)  # requests come first
    resource.setrlimit(resource.RLIMIT_DATA, (order.memory, order.memory))
    encode = msgspec.msgpack.Encoder().encode
    out: BinaryIO = sys.stdout.buffer
    try:
        for message in told(order):
            body = encode(message)
            out.write(HEAD.pack(len(body)))
            out.write(body)
            out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


if __name__ == "__main__":
    main()
