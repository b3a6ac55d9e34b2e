"""Import of a big file, as an operator would: `python -m bench.imports --rows 1000000` (or `make bench-import`).

The embedded platform in a process of its own; the file goes in through the gateway. Tells the time from upload to done,
and the highest memory of the platform's process and of the child that reads.
"""

import argparse
import asyncio
import tempfile
import threading
import time
from pathlib import Path
from random import Random

from deploy.demo.connect import open_client, read_credentials
from deploy.demo.people import invent_person
from deploy.real import platform

BASIS = '{"kind": "contract", "proof": "bench"}'


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.csv"
        write(file, rows)
        with platform(Path(folder) / "platform") as address:
            memory = Memory(Path(folder) / "platform")
            memory.start()
            seconds, state = asyncio.run(imported(address, Path(folder) / "platform" / "data", file))
            memory.ended.set()
    size = file_size(rows)
    print(
        f"{rows:,} rows ({size}): {seconds:.1f} s from upload to done, {rows / seconds:,.0f} rows/s; {state}"
    )
    print(f"highest memory: platform {memory.platform_mb} MiB, reading child {memory.child_mb} MiB")


def file_size(rows: int) -> str:
    """About what the file weighs."""
    return f"{rows * 75 / 1e6:.0f} MB"


def write(path: Path, rows: int) -> None:
    """Invented customers, each with a phone and an address of their own."""
    rng = Random(0)
    names = [invent_person(rng, serial)["full_name"] for serial in range(5_000)]
    with path.open("w", encoding="utf-8") as out:
        out.write("Mã KH,Họ và tên,SĐT,Email,Ngày sinh,Tỉnh/Thành phố\n")
        for row in range(rows):
            number = 10_000_001 + row * 7
            name = names[row % len(names)]
            out.write(f"K{row},{name},09{number:08d},k{row}@example.com,01/04/19{row % 90 + 10},Huế\n")


async def imported(address: str, data: Path, file: Path) -> tuple[float, str]:
    """Seconds, and the last state."""
    async with open_client(read_credentials(data), base_url=address) as client:
        began = time.perf_counter()
        with file.open("rb") as content:
            answer = await client.post(
                "/v1/imports", files={"file": ("list.csv", content)}, data={"basis": BASIS}
            )
        key = answer.json()["id"]
        while True:
            state = (await client.get(f"/v1/imports/{key}")).json()
            if state["state"] in ("done", "failed"):
                return time.perf_counter() - began, f"{state['state']}, {state['accepted']:,} accepted"
            await asyncio.sleep(0.2)


class Memory(threading.Thread):
    """Watches what the platform below a folder, and its child, hold."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder, self.ended = folder, threading.Event()
        self.platform_mb = self.child_mb = 0

    def run(self) -> None:
        """Look every 50 ms."""
        while not self.ended.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    self._look(process)
                except (OSError, ValueError):
                    continue

    def _look(self, process: Path) -> None:
        command = (process / "cmdline").read_bytes()
        is_child = b"services.ingest.imports.child" in command
        if not is_child and not (
            b"deploy.cli" in command and str(self.folder).encode() in (process / "environ").read_bytes()
        ):
            return
        resident = int((process / "statm").read_text().split()[1]) * 4096 // 2**20
        if is_child:
            self.child_mb = max(self.child_mb, resident)
        else:
            self.platform_mb = max(self.platform_mb, resident)


if __name__ == "__main__":
    main()
