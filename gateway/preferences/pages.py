"""How the page looks: one template, no script, nothing loaded from anywhere."""

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from gateway.consent.domain import HERE

if TYPE_CHECKING:
    from jinja2 import Template

LANGUAGES: Final = ("vi", "en")


def policy() -> str:
    """The page's content security policy: its own style, forms to itself, nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def render(lang: str, view: str, **shown: Any) -> str:
    """The page in one of its views: phone, code, second, nobody, overview."""
    told = texts()[lang]
    return _template().render(lang=lang, view=view, t=told, style=_style(), day=_day, **shown)


def _day(moment: datetime | None, *, clock: bool = False) -> str:
    """A moment as people here write it."""
    if moment is None:
        return ""
    return moment.astimezone(HERE).strftime("%d/%m/%Y %H:%M" if clock else "%d/%m/%Y")


@cache
def texts() -> Mapping[str, Any]:
    """What the page says, by language."""
    return tomllib.loads(files(__package__).joinpath("texts.toml").read_text("utf-8"))


@cache
def _style() -> str:
    return files(__package__).joinpath("page.css").read_text("utf-8")


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(files(__package__).joinpath("page.html").read_text("utf-8"))
