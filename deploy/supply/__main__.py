"""`python -m deploy.supply sbom|licences|audit`: see `make sbom` and `make audit`."""

import sys
from pathlib import Path

from deploy.supply.audit import audit
from deploy.supply.licences import report, terms_of
from deploy.supply.lock import read_lock
from deploy.supply.sbom import ROOT, LockBroken, python_bom, write_boms

FOLDER = ROOT / "sbom"


def main(what: str) -> int:
    """Run one of the commands; the exit code."""
    if what == "audit":
        lock = ROOT / "requirements.lock"
        outcome = audit(lock, read_lock(lock))
        _say(outcome.told())
        return outcome.code
    try:
        made = write_boms(FOLDER) if what == "sbom" else [_write_licences(FOLDER)]
    except LockBroken as error:
        _say(str(error))
        return 1
    _say("\n".join(str(path.relative_to(ROOT)) for path in made))
    return 0


def _write_licences(folder: Path) -> Path:
    """Raises LockBroken, also where a package may not be shipped."""
    terms = terms_of(python_bom()["components"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "licences.md").write_text(report(terms), "utf-8")
    if odd := [f"{one.name} ({one.licence})" for one in terms if not one.shippable]:
        raise LockBroken(f"Not under terms that we ship: {', '.join(odd)}")
    return folder / "licences.md"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
