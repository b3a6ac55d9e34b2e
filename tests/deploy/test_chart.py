"""The Helm chart renders for every choice, fits Kubernetes' schemas, and closes what it says it closes."""

import importlib
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from deploy.apps import app_of
from deploy.cluster import SERVICES
from deploy.engines import fetch_helm
from tests.engines import absence_skips

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "chandung"
EVERYTHING = (
    "autoscaling.keda.enabled=true,monitoring.rules=true,monitoring.podMonitor=true,ingress.enabled=true,"
    "ingress.tlsSecret=tls,traces.endpoint=http://otel:4318,secrets.env=more,quotaUrl=async+redis://redis:6379"
)
OTHERS = {"ScaledObject", "PodMonitor", "PrometheusRule"}
"""Kinds of other people's operators, of which Kubernetes has no schema."""


@cache
def helm() -> str:
    with absence_skips():
        return str(fetch_helm())
    raise AssertionError


def run_helm(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    places = {f"HELM_{name}_HOME": str(folder) for name in ("CONFIG", "CACHE", "DATA")}
    return subprocess.run(
        [helm(), *arguments], capture_output=True, text=True, check=False, env={**os.environ, **places}
    )


def rendered(folder: Path, values: str = "") -> list[dict[str, Any]]:
    """Every manifest of a release `shop`."""
    done = run_helm(folder, "template", "shop", str(CHART), *(["--set", values] if values else []))
    assert done.returncode == 0, done.stderr
    (folder / "rendered.yaml").write_text(done.stdout)
    return [one for one in YAML(typ="safe").load_all(done.stdout) if one]


def of_kind(manifests: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == kind}


@pytest.mark.parametrize("values", ["", EVERYTHING, "networkPolicy.enabled=false,autoscaling.enabled=false"])
def test_what_it_renders_fits_kubernetes(tmp_path: Path, values: str) -> None:
    import kubernetes_validate

    for one in rendered(tmp_path, values):
        if one["kind"] not in OTHERS:
            kubernetes_validate.validate(one, "1.37", strict=True)


def test_helm_finds_nothing_to_say_and_misspelt_values_are_refused(tmp_path: Path) -> None:
    assert run_helm(tmp_path, "lint", "--strict", str(CHART)).returncode == 0
    for wrong in (
        "images.tag=1",
        "services.verify.replica=2",
        "logUrl=sqlite:///x",
        "services.other.replicas=1",
    ):
        assert run_helm(tmp_path, "template", "shop", str(CHART), "--set", wrong).returncode != 0, wrong
    shared = "services.ingest.data.accessMode=ReadWriteOnce"
    refused = run_helm(tmp_path, "template", "shop", str(CHART), "--set", shared)
    assert "more than one replica needs" in refused.stderr


def test_every_container_is_nobody_writes_nothing_and_is_bounded(tmp_path: Path) -> None:
    manifests = rendered(tmp_path)
    workloads = [*of_kind(manifests, "Deployment").values(), *of_kind(manifests, "Job").values()]
    assert len(workloads) == 2 * len(SERVICES)
    for one in workloads:
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["automountServiceAccountToken"] is False
        (container,) = pod["containers"]
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        keys = next(mount for mount in container["volumeMounts"] if mount["name"] == "keys")
        assert keys["readOnly"] is True


def test_each_service_has_probes_a_budget_a_scaler_and_a_migration_before_it(tmp_path: Path) -> None:
    manifests = rendered(tmp_path)
    for service in SERVICES:
        name = f"shop-{service}"
        container = of_kind(manifests, "Deployment")[name]["spec"]["template"]["spec"]["containers"][0]
        assert container["args"] == ["up", service]
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert {name} <= set(of_kind(manifests, "PodDisruptionBudget")) & set(
            of_kind(manifests, "HorizontalPodAutoscaler")
        )
        job = of_kind(manifests, "Job")[f"{name}-migrate"]
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate", service]
    by_lag = of_kind(rendered(tmp_path, EVERYTHING), "ScaledObject")
    assert set(by_lag) == {f"shop-{service}" for service in SERVICES if service != "gateway"}


def test_only_the_gateway_reaches_services_and_verify_the_vault(tmp_path: Path) -> None:
    policies = of_kind(rendered(tmp_path), "NetworkPolicy")
    closed = policies["shop-closed"]["spec"]
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed
    part = "app.kubernetes.io/component"
    for service in set(SERVICES) - {"gateway"}:
        (rule,) = policies[f"shop-{service}"]["spec"]["ingress"]
        allowed = {peer["podSelector"]["matchLabels"][part] for peer in rule["from"]}
        assert allowed == ({"gateway", "verify"} if service == "ingest" else {"gateway"})


def test_variables_are_settings_secrets_come_from_secrets_and_addresses_lead_to_services(
    tmp_path: Path,
) -> None:
    manifests = rendered(tmp_path, EVERYTHING)
    names = set(of_kind(manifests, "Service"))
    elsewhere = {
        "HOST",
        "PORT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
    }
    for service in SERVICES:
        package = service if service == "gateway" else f"services.{service}"
        module = importlib.import_module(f"{package}.settings")
        known = {name.upper() for name in getattr(module, f"{service.capitalize()}Settings").model_fields}
        container = of_kind(manifests, "Deployment")[f"shop-{service}"]["spec"]["template"]["spec"][
            "containers"
        ][0]
        told = {one["name"]: one for one in container["env"]}
        assert set(told) <= known | elsewhere, service
        for name, one in told.items():
            if name in ("INTERNAL_KEY", "DATABASE_URL", "KEYRING_URL"):
                assert "secretKeyRef" in one["valueFrom"]
            elif name.endswith("_URL") and str(one.get("value", "")).startswith("http://shop-"):
                assert one["value"].split("//")[1].split(":")[0] in names


def test_the_guide_names_every_key_file_that_a_service_makes_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (ROOT / "docs" / "guides" / "operate.md").read_text()
    monkeypatch.setenv("INTERNAL_KEY", "0" * 64)
    for service in SERVICES:
        monkeypatch.setenv("DATA_DIR", str(tmp_path / service / "data"))
        monkeypatch.setenv("KEY_DIR", str(tmp_path / service / "keys"))
        app_of(service)
        made = {
            path.name for path in (tmp_path / service / "keys").glob("*") if path.suffix in (".key", ".json")
        }
        assert made, service
        secret = guide.partition(f"chandung-keys-{service} ")[2].partition("kubectl create")[0]
        assert {name for name in made if f"--from-literal={name}=" not in secret} == set(), service


def test_every_value_is_described() -> None:
    values = (CHART / "values.yaml").read_text()
    schema = json.loads((CHART / "values.schema.json").read_text())
    written = YAML(typ="safe").load(values)
    assert set(written) <= set(schema["properties"])
    assert set(written["services"]) == set(SERVICES)
