"""The bill of materials equals the lock, licences are known and permissive, and no audit passes by not looking."""

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.supply.audit import CLEAN, NOT_RUN, VULNERABLE, judge
from deploy.supply.licences import Terms, report, terms_of
from deploy.supply.lock import Pinned, canonical, installed_here, read_lock
from deploy.supply.sbom import ROOT, LockBroken, javascript_bom, python_bom

LOCK = ROOT / "requirements.lock"


@pytest.fixture(scope="module")
def bom() -> dict[str, Any]:
    return python_bom()


def test_every_package_of_the_lock_has_hashes_and_no_index_is_named() -> None:
    for lock in (LOCK, ROOT / "requirements-dev.lock"):
        assert all(one.hashes for one in read_lock(lock))
        assert "://" not in "".join(line for line in lock.read_text().splitlines() if "#" not in line)


def test_the_bill_equals_the_lock_with_versions_and_hashes(bom: dict[str, Any]) -> None:
    billed = {
        (canonical(one["name"]), one["version"], tuple(sorted(h["content"] for h in one["hashes"])))
        for one in bom["components"]
    }
    locked = {
        (one.name, one.version, tuple(sorted(one.hashes))) for one in installed_here(read_lock(LOCK)).values()
    }
    assert billed == locked
    refs = {one["bom-ref"] for one in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
    assert {ref for one in bom["dependencies"] for ref in one.get("dependsOn", ())} <= refs


def test_both_documents_are_valid_cyclonedx(bom: dict[str, Any]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for document in (bom, javascript_bom()):
        assert validator.validate_str(json.dumps(document)) is None


def test_javascript_that_browsers_get_is_listed_by_file_and_hash() -> None:
    listed = javascript_bom()["components"]
    assert len({one["bom-ref"] for one in listed}) == len(listed)
    served = {one["name"] for one in listed if one["scope"] == "required"}
    assert {"gateway/site/pages/banner.js", "swagger-ui-bundle.js"} <= served
    assert all(one["hashes"] for one in listed if one["scope"] == "required")
    assert any(one["purl"].startswith("pkg:npm/%40") for one in listed if one["scope"] == "excluded")


def test_an_environment_that_is_not_the_lock_is_an_error(tmp_path: Path) -> None:
    other = tmp_path / "other.lock"
    other.write_text(
        f"fastapi==0.0.1 \\\n    --hash=sha256:{'0' * 64}\nnowhere==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
    )
    with pytest.raises(LockBroken) as broken:
        python_bom(other)
    assert "fastapi 0.0.1" in str(broken.value)
    assert "nowhere 1.0 (installed: no)" in str(broken.value)
    other.write_text("fastapi==0.0.1\n")
    with pytest.raises(ValueError, match="without hashes"):
        read_lock(other)


def test_everything_shipped_is_under_terms_that_we_keep(bom: dict[str, Any]) -> None:
    terms = terms_of(bom["components"])
    assert [one for one in terms if not one.shippable] == []
    assert "| fastapi |" in report(terms)


def test_copyleft_and_silence_are_not_shippable_and_one_of_several_choices_suffices() -> None:
    for licence, good in (
        ("GPL-3.0", False),
        ("unknown", False),
        ("MIT AND GPL-2.0", False),
        ("GPL-2.0 OR MIT", True),
        ("Apache-2.0 AND BSD-2-Clause", True),
    ):
        assert Terms("x", "1", licence).shippable is good, licence


def told(**vulns: list[str]) -> dict[str, Any]:
    """What pip-audit 2.10 prints with `-f json`."""
    flaws = {name: [{"id": flaw, "fix_versions": ["2.0"]} for flaw in flaws] for name, flaws in vulns.items()}
    return {"dependencies": [{"name": name, "version": "1.0", "vulns": one} for name, one in flaws.items()]}


def test_an_audit_that_looked_nobody_up_did_not_run() -> None:
    lock = [Pinned("a", "1.0", "", ("0",)), Pinned("b-c", "1.0", "", ("0",))]
    clean = judge(told(a=[], b_c=[]), lock)
    assert (clean.code, clean.audited) == (CLEAN, 2)
    assert judge({}, lock).code == NOT_RUN
    skipped = {"dependencies": [{"name": "a", "skip_reason": "not found"}, *told(b_c=[])["dependencies"]]}
    outcome = judge(skipped, lock)
    assert (outcome.code, outcome.skipped) == (NOT_RUN, ["a"])
    assert "NOT AUDITED: 1 packages" in outcome.told()
    older = {"dependencies": [{"name": "a", "version": "0.9", "vulns": []}]}
    assert judge(older, lock).skipped == ["a", "b-c"]
    found = judge(told(a=["PYSEC-1"]), lock)
    assert (found.code, found.findings[0].fixed_in) == (VULNERABLE, "2.0")
    windows = [Pinned("w", "1.0", "sys_platform == 'nowhere'", ("0",))]
    assert judge({}, windows).code == CLEAN
