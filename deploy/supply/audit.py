"""Known vulnerabilities of the lock, by `pip-audit`: a package that was not looked up is a failure, never silence."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from deploy.supply.lock import Pinned, canonical

CLEAN, VULNERABLE, NOT_RUN = 0, 1, 2
_PATIENCE_S: Final = 600


class Finding(NamedTuple):
    """A known vulnerability of a package that we ship."""

    package: str
    version: str
    id: str
    fixed_in: str


class Outcome(NamedTuple):
    """What the audit found, and whom it could not look up."""

    audited: int
    findings: Sequence[Finding]
    skipped: Sequence[str]

    @property
    def code(self) -> int:
        """The exit code: 1 where something is vulnerable, 2 where anything was not looked up."""
        return VULNERABLE if self.findings else NOT_RUN if self.skipped else CLEAN

    def told(self) -> str:
        """For a person."""
        lines = [f"{one.package} {one.version}: {one.id}, fixed in {one.fixed_in}" for one in self.findings]
        if self.skipped:
            shown = ", ".join(self.skipped[:5]) + (", ..." if len(self.skipped) > 5 else "")
            lines.append(f"NOT AUDITED: {len(self.skipped)} packages could not be looked up ({shown}).")
        lines.append(f"{self.audited} packages were looked up, {len(self.findings)} known vulnerabilities.")
        return "\n".join(lines)


def judge(told: Mapping[str, Any], lock: Sequence[Pinned]) -> Outcome:
    """`pip-audit`'s JSON held against the lock: what it does not name at all was skipped, too."""
    looked_up: set[tuple[str, str]] = set()
    findings: list[Finding] = []
    for one in told.get("dependencies", ()):
        if "skip_reason" in one:
            continue
        name = canonical(one["name"])
        looked_up.add((name, one["version"]))
        findings += [
            Finding(name, one["version"], flaw["id"], ", ".join(flaw["fix_versions"]) or "no version")
            for flaw in one["vulns"]
        ]
    here = {(one.name, one.version) for one in lock if one.is_here}
    return Outcome(len(here & looked_up), findings, sorted(name for name, _ in here - looked_up))


def audit(lock_file: Path, lock: Sequence[Pinned]) -> Outcome:
    """Ask the advisory service about every package of the lock; unreachable, everything counts as skipped."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock_file), "--disable-pip", "--require-hashes"]
    try:
        told = subprocess.run(  # noqa: S603 - ours
            [*command, "--progress-spinner", "off", "-f", "json"],
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        answer = json.loads(told.stdout or b"{}")
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        answer = {}
    return judge(answer, lock)
