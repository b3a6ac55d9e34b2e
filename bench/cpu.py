"""CPU time of processes and everything they started, from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system seconds of each process and of its living and ended descendants."""
    children: dict[int, list[int]] = {}
    times: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue  # it ended between the listing and the look
        pid = int(folder.name)
        children.setdefault(int(fields[1]), []).append(pid)
        times[pid] = sum(int(fields[index]) for index in (11, 12, 13, 14)) / _TICK
    total, waiting = 0.0, list(pids)
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total
