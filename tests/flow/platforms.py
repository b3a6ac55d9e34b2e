"""The platform as its users start it, in both modes, behind one small interface."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.cluster import cluster
from deploy.engines import free_port


@dataclass
class Embedded:
    """`chandung up` as a process of its own, which can be killed and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def base_url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_dir(self) -> Path:
        """Where it keeps its data."""
        return self.folder / "data"

    def start(self) -> None:
        """Start it and wait until every part is ready."""
        place = {"DATA_DIR": str(self.data_dir), "KEY_DIR": str(self.folder / "keys"), "PORT": str(self.port)}
        with (self.folder / "out.txt").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "up"],
                env={**os.environ, **place, "DEMO": "0", "HOST": "127.0.0.1"},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._wait_ready()

    def kill(self) -> None:
        """As a power cut would, as far as the process can tell."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Politely; returns the exit code."""
        assert self.process
        self.process.terminate()
        return self.process.wait(30)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process
            assert self.process.poll() is None, (self.folder / "out.txt").read_text()[-3000:]
            try:
                with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "out.txt").read_text()[-3000:])


@contextmanager
def embedded(folder: Path) -> Iterator[Embedded]:
    """The embedded platform over `folder`, ready."""
    platform = Embedded(folder)
    try:
        platform.start()
        yield platform
    finally:
        if platform.process and platform.process.poll() is None:
            platform.stop()


def credentials_of(data_dir: Path) -> dict[str, Any]:
    """The first clients."""
    found: dict[str, Any] = json.loads((data_dir / "credentials.json").read_text("utf-8"))
    return found


def metrics(port: int) -> bytes:
    """What a process tells Prometheus."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text: bytes = reply.read()
    return text


__all__ = ["Embedded", "cluster", "credentials_of", "embedded", "metrics"]
