"""Starting, watching and stopping a server's process."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from deploy.engines.errors import EngineFailed

LOOPBACK = "127.0.0.1"
START_S = 60.0  # a broker needs 4 s on an idle machine
STOP_S = 15.0  # a broker needs 2 s
TOOL_S = 240.0  # downloading the broker takes 10 s on a good line


def free_ports(count: int) -> list[int]:
    """Return `count` different TCP ports that nobody listens on at 127.0.0.1 at this moment (they are not reserved)."""
    with ExitStack() as held:
        doors = [held.enter_context(socket.socket()) for _ in range(count)]
        for door in doors:
            door.bind((LOOPBACK, 0))
        return [door.getsockname()[1] for door in doors]


def free_port() -> int:
    """Return a TCP port that nobody listens on at 127.0.0.1 at this moment (it is not reserved)."""
    return free_ports(1)[0]


def environment() -> dict[str, str]:
    """Return this process's environment without what would steer an engine's own tools (PGPORT, KAFKA_OPTS, ...)."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "KAFKA_", "LC_", "LANG"))
    }


def last_words(log: Path) -> str:
    """Return the last line of a log that is not blank (its last 2 KB are searched)."""
    lines = log.read_bytes()[-2048:].decode(errors="replace").split("\n") if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "(it said nothing)")


def run_tool(command: Sequence[str], *, cwd: Path, account: pwd.struct_passwd | None = None) -> None:
    """Run a program to its end, as `account` where one is given.

    Raises EngineFailed with the last line it printed when it fails or takes longer than 240 s.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - the programs are those that this package looked up itself
            command, cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=TOOL_S, **identity(account),
        )  # fmt: skip
    except subprocess.TimeoutExpired as slow:
        raise EngineFailed(f"{name} did not end within {TOOL_S:.0f} s.") from slow
    if done.returncode:
        lines = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
        raise EngineFailed(f"{name} failed: {lines[-1] if lines else f'exit code {done.returncode}'}")


def identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return the arguments with which a subprocess becomes `account`; none, to stay who we are."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def tied_to_us(stop: signal.Signals) -> list[str]:
    """Return a prefix that makes Linux send `stop` to the program when our thread dies, however it dies."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop.name.removeprefix("SIG")] if setpriv else []


@contextmanager
def running(
    command: Sequence[str], *, log: Path, cwd: Path, ready: Callable[[], bool],
    stop: signal.Signals = signal.SIGTERM, account: pwd.struct_passwd | None = None,
) -> Iterator[None]:  # fmt: skip
    """Run a server from the moment it is ready until the block ends.

    Its output is appended to `log`. It is stopped by `stop`, and by SIGKILL after 15 s. Raises EngineFailed when it
    ends, or is not ready within 60 s.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - as above
            [*tied_to_us(stop), *command], cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True, **identity(account),
        )  # fmt: skip
    try:
        await_ready(process, ready, log)
        yield
    finally:
        end(process, stop)


def await_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    """Return once `ready()`; raise EngineFailed when the process ends first or 60 s have passed."""
    deadline = time.monotonic() + START_S
    while not ready():
        if process.poll() is not None:
            raise EngineFailed(
                f"{log.stem} ended with code {process.returncode} while starting: {last_words(log)}"
            )
        if time.monotonic() > deadline:
            raise EngineFailed(f"{log.stem} did not answer within {START_S:.0f} s: {last_words(log)}")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """Stop a process and reap it: politely, and after 15 s by SIGKILL."""
    process.send_signal(stop)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
