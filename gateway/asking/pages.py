"""The page behind a link: the notice, a box a purpose (none ticked), one button. It needs no script, and loads nothing."""

import base64
import hashlib
import tomllib
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

LANGUAGES: Final = ("vi", "en")
_STYLE: Final = (
    "body{font:17px/1.5 system-ui,sans-serif;margin:0;background:#f6f6f4;color:#222}"
    "main{max-width:40rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.5rem}"
    "fieldset{border:1px solid #bbb;border-radius:.4rem;margin:1rem 0}label{display:block;padding:.4rem 0}"
    "button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#0b5d4e;color:#fff}"
    "button:focus-visible,a:focus-visible,input:focus-visible{outline:3px solid #d08700}.languages{text-align:right}"
)


def policy() -> str:
    """The page's content security policy: its own style, its own form, nothing else."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def question(lang: str, notice: Any, purposes: Sequence[str], *, nothing_chosen: bool = False) -> str:
    """The form."""
    told = _texts()[lang]
    boxes = "".join(
        f'<label><input type="checkbox" name="purposes" value="{escape(one)}"> {escape(told["purposes"][one])}</label>'
        for one in purposes
    )
    remark = f'<p role="alert"><strong>{escape(told["nothing"])}</strong></p>' if nothing_chosen else ""
    body = (
        f"{remark}<p>{escape(told['intro'])}</p><blockquote>{escape(notice.text[lang])}</blockquote>"
        f"<p><small>{escape(told['version'])}: {escape(notice.key)}, {notice.version}</small></p>"
        f'<form method="post" action="?lang={lang}"><fieldset><legend>{escape(told["legend"])}</legend>{boxes}</fieldset>'
        f"<button>{escape(told['submit'])}</button></form>"
    )
    return _page(lang, body)


def thanks(lang: str, purposes: Sequence[str]) -> str:
    """What was recorded."""
    told = _texts()[lang]
    items = "".join(f"<li>{escape(told['purposes'][one])}</li>" for one in purposes)
    return _page(lang, f"<p>{escape(told['thanks'])}</p><ul>{items}</ul>")


def remark(lang: str, what: str) -> str:
    """A page with one sentence: `answered` or `gone`."""
    return _page(lang, f"<p>{escape(_texts()[lang][what])}</p>")


def _page(lang: str, body: str) -> str:
    title = escape(_texts()[lang]["title"])
    return Template(_template()).substitute(lang=lang, title=title, style=_STYLE, body=body)


@cache
def _template() -> str:
    return files(__package__).joinpath("page.html").read_text("utf-8")


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("texts.toml").read_text("utf-8"))
