"""The bill of materials (CycloneDX): Python packages as the lock has them, and the JavaScript that we serve beside them.

The Python part is what `cyclonedx-py` sees in the environment, held against the lock: a package that is installed in
another version, or is missing, is an error, never a line that happens to be wrong.
"""

import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

from packaging.version import Version

from deploy.supply.lock import Pinned, canonical, installed_here, read_lock

ROOT: Final = Path(__file__).parents[2]
SERVED: Final = ("asyncapi-viewer", "fastapi-offline")
"""Packages of the lock whose JavaScript goes to browsers."""
OURS: Final = ("gateway", "services", "kernel", "deploy")
_IN_TESTS: Final = ROOT / "tests" / "sdks" / "package-lock.json"

Bom = dict[str, Any]


class LockBroken(Exception):
    """The environment is not what the lock says."""


def python_bom(lock: Path = ROOT / "requirements.lock") -> Bom:
    """The packages of `lock` that this machine installs, with licences, hashes and who needs whom.

    Raises LockBroken where the environment has another version of one, or lacks it.
    """
    wanted = installed_here(read_lock(lock))
    bom: Bom = json.loads(_environment())
    seen = {canonical(one["name"]): one for one in bom["components"]}
    wrong = [
        f"{name} {pinned.version} (installed: {seen[name]['version'] if name in seen else 'no'})"
        for name, pinned in wanted.items()
        if name not in seen or Version(seen[name]["version"]) != Version(pinned.version)
    ]
    if wrong:
        raise LockBroken(f"The environment is not what {lock.name} says: {'; '.join(wrong)}")
    bom["components"] = [
        {**seen[name], "version": pinned.version, "hashes": _hashes(pinned)}
        for name, pinned in sorted(wanted.items())
    ]
    refs = {one["bom-ref"] for one in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
    bom["dependencies"] = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", ()) if ref in refs]}
        for one in bom["dependencies"]
        if one["ref"] in refs
    ]
    return bom


def javascript_bom() -> Bom:
    """Scripts that browsers get from us, by file and hash; and, marked `excluded`, what the tests alone run."""
    components = [*_served(), *_own(), *_tested()]
    content = json.dumps(components, sort_keys=True).encode()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(content).hexdigest())}",
        "version": 1,
        "components": components,
    }


def write_boms(folder: Path) -> list[Path]:
    """Both documents as files. Raises LockBroken."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"python.cdx.json": python_bom(), "javascript.cdx.json": javascript_bom()}
    for name, bom in made.items():
        (folder / name).write_text(json.dumps(bom, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return [folder / name for name in made]


@cache
def _environment() -> bytes:
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON"]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "-o", "-", sys.prefix]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(command, capture_output=True, check=True, env=quiet, cwd=ROOT).stdout  # noqa: S603


def _hashes(pinned: Pinned) -> list[Mapping[str, str]]:
    return [{"alg": "SHA-256", "content": one} for one in sorted(pinned.hashes)]


def _served() -> Iterator[Bom]:
    for package in SERVED:
        found = distribution(package)
        for file in sorted(map(str, found.files or ())):
            if file.endswith((".js", ".mjs")):
                path = Path(str(found.locate_file(file)))
                yield _script(path, Path(file).name, f"{package} {found.version}")


def _own() -> Iterator[Bom]:
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.js")):
            yield _script(path, str(path.relative_to(ROOT)), "chandung")


def _script(path: Path, name: str, source: str) -> Bom:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "type": "file",
        "bom-ref": f"{source}/{name}",
        "name": name,
        "scope": "required",
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "properties": [{"name": "chandung:from", "value": source}],
    }


def _tested() -> Iterator[Bom]:
    packages: Mapping[str, Any] = json.loads(_IN_TESTS.read_text("utf-8"))["packages"]
    for place, one in sorted(packages.items()):
        if not place:
            continue
        name = one.get("name") or place.rpartition("node_modules/")[2]
        yield {
            "type": "library",
            "bom-ref": f"tests/{place}",
            "name": name,
            "version": one["version"],
            "purl": f"pkg:npm/{name.replace('@', '%40')}@{one['version']}",
            "scope": "excluded",
        }
