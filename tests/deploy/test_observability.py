"""Alerts fire on what they are for, each has a runbook, and the dashboard asks for metrics that exist."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from ruamel.yaml import YAML

from deploy.engines import fetch_promtool
from kernel.telemetry import metrics
from services.verify.senders.meters import sending_metrics
from tests.engines import absence_skips

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "helm" / "chandung" / "files" / "alerts.yaml"
RULES: list[dict[str, Any]] = YAML(typ="safe").load(ALERTS)["groups"][0]["rules"]
DASHBOARD = json.loads((ROOT / "deploy" / "observability" / "dashboard.json").read_text())
TARGETS = [(panel["title"], one["expr"]) for panel in DASHBOARD["panels"] for one in panel.get("targets", ())]
OTHERS = {"up", "ALERTS", "process_cpu_seconds_total", "process_resident_memory_bytes"}


def names_of_ours() -> set[str]:
    """Every sample that a process of ours may expose."""
    sending_metrics()
    names = set()
    for family in metrics().registry.collect():
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(
            family.type, ("",)
        )
        names |= {family.name + suffix for suffix in suffixes}
    return names


def asked(expression: str) -> set[str]:
    """The metrics in an expression, after Grafana's own words are filled in."""
    filled = expression.replace("$__rate_interval", "5m").replace("$service", ".*")
    promql_parser.parse(filled)
    return set(re.findall(r"\b(?:chandung|process)_\w+|\bup\b|\bALERTS\b", filled))


def test_promtool_accepts_the_rules_and_their_tests_pass() -> None:
    with absence_skips():
        promtool = str(fetch_promtool())
    for command in (["check", "rules", str(ALERTS)], ["test", "rules", "alerts.test.yaml"]):
        done = subprocess.run(
            [promtool, *command],
            cwd=ROOT / "deploy" / "observability",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_says_what_is_wrong_and_leads_to_its_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    book = ROOT / rule["annotations"]["runbook"]
    text = book.read_text()
    assert text.startswith(f"# {rule['alert']}\n")
    assert "**Look**" in text
    assert "**Do**" in text
    assert rule["annotations"]["summary"]
    assert asked(rule["expr"]) <= names_of_ours() | OTHERS


def test_no_runbook_is_without_its_alert() -> None:
    books = {path.name for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert books == {Path(rule["annotations"]["runbook"]).name for rule in RULES}


@pytest.mark.parametrize(("title", "expression"), TARGETS)
def test_each_panel_asks_for_metrics_that_exist(title: str, expression: str) -> None:
    assert asked(expression)
    assert asked(expression) <= names_of_ours() | OTHERS, title


def test_the_dashboard_shows_signals_lag_denials_and_the_funnel() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    everything = " ".join(expression for _, expression in TARGETS)
    for metric in (
        "requests_total",
        "request_seconds_bucket",
        "consumer_lag_events",
        "access_decisions_total",
    ):
        assert f"chandung_{metric}" in everything
    for step in ("started", "delivered", "verified"):
        assert f'step="{step}"' in everything
