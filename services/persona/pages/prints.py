"""A persona's card as a file: SVG, PNG or PDF, set by typst with our own fonts, on one page."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from unicodedata import normalize

import msgspec

from services.persona.pages.view import texts, told

Kind = Literal["svg", "png", "pdf"]
MEDIA: dict[Kind, str] = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
PIXELS_PER_INCH = 144.0
QUOTES, APART, STORY = 2, 5, 900
"""What fits on the page."""


def print_card(card: Mapping[str, Any], face: str, lang: str, kind: Kind) -> bytes:
    """The card as a file of that kind; about 0.1 s of CPU, so not on the loop. Quotes are those that `card` has: the
    caller leaves out what must not be shown."""
    import typst

    inputs = {"card": normalize("NFC", msgspec.json.encode(_data(card, face, lang)).decode())}
    source: Any = _template()  # the stub cannot tell bytes from a path
    made = typst.compile(
        source,
        format=kind,
        ppi=PIXELS_PER_INCH if kind == "png" else None,
        font_paths=[str(fonts())],
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
    return bytes(made) if isinstance(made, bytes) else bytes(made[0])


def fonts() -> Path:
    """The folder of Be Vietnam Pro (SIL Open Font License), made for Vietnamese."""
    return Path(str(files("fontpkg_be_vietnam_pro"))) / "files"


@cache
def _template() -> bytes:
    return files(__package__).joinpath("card.typ").read_bytes()


def _data(card: Mapping[str, Any], face: str, lang: str) -> dict[str, Any]:
    shown, words = told(card, lang), texts()[lang]
    evidence = card["evidence"]
    story: list[str] = []
    for part in shown["story"]:
        if sum(map(len, story)) + len(part) <= STORY:
            story.append(part)
    window = f"{evidence['window']['from'][:10]} – {evidence['window']['to'][:10]}"
    return {
        "t": words,
        "lang": lang,
        "face": face,
        "level": shown["confidence"]["level"],
        "confidence": shown["confidence"]["words"],
        "apart": [
            {**row["bar"], **{k: row[k] for k in ("label", "value", "lift")}}
            for row in shown["apart"][:APART]
        ],
        "quotes": [quote["text"] for quote in card["quotes"][:QUOTES]],
        "checks": [{"name": check["name"], "status": check["status"]} for check in shown["checks"]],
        "advice": shown["advice"][:2],
        "story": story,
        "foot": f"{words['not_real']}. {words['window']}: {window}. {words['facts_until']} {evidence['facts_until'][:10]}. "
        f"{words['version']} {card['version']}.",
        **{name: shown[name] for name in ("called", "tagline", "share", "count")},
    }
