"""The partner's guide, every command of it, on a platform as it is started."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flow.platforms import Embedded

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "partner.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)

pytestmark = [pytest.mark.flow, pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def platform(tmp_path: Path) -> "Embedded":
    return Embedded(tmp_path)


def test_every_command_of_the_guide_works(platform: Embedded, tmp_path: Path) -> None:
    missing = [tool for tool in ("bash", "curl", "jq") if shutil.which(tool) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"{missing} are missing")
    assert not missing
    platform.start()
    try:
        places = {
            "http://127.0.0.1:8080": platform.base_url,
            "var/credentials.json": str(platform.data_dir / "credentials.json"),
            "/tmp/test-client.json": str(tmp_path / "test-client.json"),  # noqa: S108 - replaced here
        }
        text = GUIDE.read_text("utf-8")
        for written, here in places.items():
            text = text.replace(written, here)
        shell = "\n".join(code for kind, code in BLOCK.findall(text) if kind == "sh")
        ran = subprocess.run(
            ["bash", "-euo", "pipefail"], input=shell, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr + ran.stdout
        for disclosure in ("clear", "masked", "token", "withheld"):
            assert f'"disclosure":"{disclosure}"' in ran.stdout
        python = "\n".join(code for kind, code in BLOCK.findall(text) if kind == "python")
        ran = subprocess.run([sys.executable, "-c", python], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        assert "'disclosure': 'masked'" in ran.stdout
    finally:
        platform.stop()
