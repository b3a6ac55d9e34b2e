"""The container files name only what exists, and tell each service what its settings know."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from deploy.cluster import SERVICES
from kernel.telemetry.settings import TraceSettings

ROOT = Path(__file__).parents[2]


def compose() -> dict[str, Any]:
    """docker-compose.yml with its anchors resolved."""
    found: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
    return found


def test_every_reference_leads_somewhere() -> None:
    file = compose()
    for name, service in file["services"].items():
        assert set(service.get("depends_on", {})) <= set(file["services"]), name
        assert set(service.get("networks", [])) <= set(file["networks"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in file["volumes"] or (ROOT / source).exists(), volume


def test_each_service_runs_the_command_of_its_process() -> None:
    services = compose()["services"]
    for name in SERVICES:
        assert services[name]["command"] == ["up", name]
        assert services[name]["read_only"] is True
        assert services[name]["user"] != "0:0"


def test_each_service_is_told_only_what_its_settings_know() -> None:
    shared = {"HOST", "PORT", "INGEST_URL", "VERIFY_URL", "SOCIAL_URL", "PERSONA_URL"}
    shared |= {field.upper() for field in TraceSettings.model_fields}
    for name in SERVICES:
        package = name if name == "gateway" else f"services.{name}"
        settings = getattr(import_module(f"{package}.settings"), f"{name.capitalize()}Settings")
        told = set(compose()["services"][name]["environment"])
        assert {variable.lower() for variable in told - shared} <= set(settings.model_fields), name


def test_no_service_but_the_gateway_can_be_reached_from_outside() -> None:
    assert [name for name, service in compose()["services"].items() if service.get("ports")] == ["gateway"]


def test_the_image_runs_as_nobody_special_and_carries_no_build_tool() -> None:
    stages = (ROOT / "deploy" / "Dockerfile").read_text().split("\nFROM ")
    assert "USER 10001:10001" in stages[-1]
    assert "pip install" not in stages[-1]


def test_the_compose_file_fits_its_schema() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*check, str(ROOT / "docker-compose.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_dockerfile_holds_to_the_rules_of_its_craft() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, str(ROOT / "deploy" / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
