"""The privacy officer's guide does what it says: every command of it, in its order, on a fresh platform."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flow.platforms import embedded

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "privacy-officer.md"


def test_every_command_of_the_guide(tmp_path: Path) -> None:
    missing = [tool for tool in ("bash", "curl", "jq") if shutil.which(tool) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"{missing} are missing")
    assert not missing
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 15
    script = "set -euo pipefail\n" + "\n".join(blocks)
    with embedded(tmp_path) as platform:
        place = {"B": platform.base_url, "C": str(platform.data_dir / "credentials.json")}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env={**os.environ, **place, "PATH": path},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = done.stdout
    for wanted in (
        '"masked-for-partners"', "problems/consent-missing", '"fields":["phone"]', "emergency", '"ok": true',
        '"recipients":["loyalty"]', "problems/erased", '"data keys"', '"phone":{"clear -> withheld":1}',
    ):  # fmt: skip
        assert wanted in told, wanted
    for file in ("ho-so-tac-dong.pdf", "thong-bao.pdf"):
        assert (tmp_path / file).read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "copy.zip").read_bytes().startswith(b"PK")
