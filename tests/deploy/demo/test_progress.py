"""Bars show each stage with its label and where it stands."""

from io import StringIO

from rich.console import Console

from deploy.demo.progress import Bars
from deploy.demo.stages import LABELS


def test_bars_show_the_label_the_share_and_the_note() -> None:
    out = StringIO()
    with Bars(Console(file=out, force_terminal=True, width=160)) as bars:
        bars.begin("records", 200)
        bars.reach("records", 100, "một nửa")
    shown = out.getvalue()
    assert LABELS["records"] in shown
    assert "50 %" in shown
    assert "một nửa" in shown
