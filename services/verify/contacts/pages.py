"""The page behind a stop link: one sentence and one button, without script; it names nobody."""

import base64
import hashlib
from html import escape
from typing import Final

_STYLE: Final = (
    "body{font:17px/1.5 system-ui,sans-serif;margin:0;background:#f6f6f4;color:#222}"
    "main{max-width:40rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.5rem}"
    "button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#0b5d4e;color:#fff}"
    "button:focus-visible,a:focus-visible{outline:3px solid #d08700}.languages{text-align:right}"
)
_TEXTS: Final = {
    "vi": {
        "title": "Ngừng nhận thư",
        "ask": "Bạn không muốn nhận thêm thư mời như thế này?",
        "button": "Ngừng gửi cho tôi",
        "stopped": "Chúng tôi sẽ không gửi thư mời tới địa chỉ này nữa.",
        "gone": "Đường dẫn này không còn dùng được.",
    },
    "en": {
        "title": "No more messages",
        "ask": "You want to get no more invitations like this one?",
        "button": "Stop sending to me",
        "stopped": "We will send no more invitations to this address.",
        "gone": "This link is not good any more.",
    },
}


def policy() -> str:
    """The page's content security policy: its own style, its own form, nothing else."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def question(lang: str) -> str:
    """The button."""
    told = _TEXTS[lang]
    return _page(
        lang,
        f"<p>{escape(told['ask'])}</p>"
        f'<form method="post" action="?lang={lang}"><button>{escape(told["button"])}</button></form>',
    )


def remark(lang: str, what: str) -> str:
    """A page with one sentence: `stopped` or `gone`."""
    return _page(lang, f"<p>{escape(_TEXTS[lang][what])}</p>")


def _page(lang: str, body: str) -> str:
    title, other = escape(_TEXTS[lang]["title"]), "en" if lang == "vi" else "vi"
    name = {"vi": "Tiếng Việt", "en": "English"}[other]
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body><main>'
        f'<p class="languages"><a href="?lang={other}" lang="{other}">{name}</a></p><h1>{title}</h1>{body}'
        "</main></body></html>"
    )
