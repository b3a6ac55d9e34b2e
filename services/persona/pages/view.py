"""A card as pages and prints show it: words of one language, numbers as people write them, bars as percentages."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any, Final

from services.persona.attributes.domain import COMPONENTS

LANGUAGES: Final = ("vi", "en")
NOTABLE = 6
"""Attributes told at the top of a page; the rest are in the tables."""
_SCALE = 2.0
"""A bar is full at four times (or a quarter of) everyone's value."""


@cache
def texts() -> dict[str, dict[str, str]]:
    """The words of the pages, by language and key."""
    found: dict[str, dict[str, str]] = tomllib.loads(
        files(__package__).joinpath("texts.toml").read_text("utf-8")
    )
    return found


def told(card: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Everything a template needs of a card."""
    rows = {
        component: [_row(entry, lang) for entry in card["components"][component]] for component in COMPONENTS
    }
    shown = [row for entries in rows.values() for row in entries if row["bar"] is not None]
    return {
        **card,
        "tagline": card["tagline"] if lang == "vi" else card["tagline_en"],
        "called": card["name"].split(",", maxsplit=1)[0],
        "share": percent(card["share"], lang),
        "count": number(card["n"], lang),
        "rows": rows,
        "apart": sorted(shown, key=lambda row: -abs(row["bar"]["size"]))[:NOTABLE],
        "advice": _advice(card, lang),
        "traits": {
            trait: _cells(cells, lang) for trait, cells in card["demographics"].items() if _worth(cells)
        },
        "story": _parts(card["narrative"][lang]),
        "confidence": {"level": card["confidence"]["level"], "words": card["confidence"][lang]},
        "checks": [_check(name, check, lang) for name, check in card["mistakes"].items()],
        "rule": _rule(card.get("rule"), lang),
        "scores": _scores(card["evidence"].get("validation"), lang),
        "audits": [
            {"trait": texts()[lang].get(audit["attribute"], audit["attribute"]), "v": audit["cramers_v"]}
            for audit in card["fairness"]["audits"]
        ],
    }


def number(value: float, lang: str) -> str:
    """A number as people write it: `1.234,5` in Vietnamese, `1,234.5` in English."""
    text = (
        f"{value:,.0f}"
        if abs(value) >= 100 or value == int(value)
        else f"{value:.2f}".rstrip("0").rstrip(".")
    )
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def percent(share: float, lang: str) -> str:
    """A share as a percentage."""
    return f"{number(round(share * 100, 1), lang)} %"


def measured(value: Any, unit: str, lang: str) -> str:
    """A value with its unit."""
    if isinstance(value, str):
        return value
    if unit == "share":
        return percent(float(value), lang)
    if unit == "VND":
        return _money(float(value), lang)
    words = {"days": {"vi": " ngày", "en": " days"}, "points": {"vi": " điểm", "en": " points"}}
    return number(float(value), lang) + words.get(unit, {}).get(lang, "" if unit in _BARE else f" {unit}")


_BARE = frozenset({"count", "ratio", "category", "-1..1", "-2..2", ""})


def _money(value: float, lang: str) -> str:
    if abs(value) >= 1_000_000:
        return f"{number(round(value / 1_000_000, 2), lang)} {'triệu ₫' if lang == 'vi' else 'million ₫'}"
    return f"{number(round(value), lang)} ₫"


def _parts(story: str) -> list[str]:
    """A narrative sentence by sentence; figures hold no full stop before a space."""
    return [f"{part.removesuffix('.')}." for part in story.split(". ")]


def _row(entry: Mapping[str, Any], lang: str) -> dict[str, Any]:
    label = entry["label"] if lang == "vi" else entry["label_en"]
    if entry.get("suppressed") or entry["value"] is None:
        return {"key": entry["key"], "label": label, "hidden": True, "bar": None}
    unit = "share" if isinstance(entry["value"], str) else entry["unit"]
    interval = entry["interval"]
    return {
        "key": entry["key"],
        "label": label,
        "hidden": False,
        "value": measured(entry["value"], entry["unit"], lang),
        "interval": " – ".join(measured(bound, unit, lang) for bound in interval) if interval else "",
        "n": number(entry["n"], lang),
        "lift": f"× {number(round(entry['lift'], 2), lang)}" if entry["lift"] else "",
        "bar": _bar(entry["lift"]),
        "query": entry["query"],
    }


def _bar(lift: float | None) -> dict[str, float] | None:
    """Where a bar begins and how wide it is, in percent of the line, around the middle; and its signed size."""
    if lift is None or lift <= 0:
        return None
    size = max(-1.0, min(1.0, log2(lift) / _SCALE))
    return {
        "left": round(50 + min(0.0, size) * 50, 1),
        "width": round(max(abs(size) * 50, 0.6), 1),
        "size": size,
    }


def _advice(card: Mapping[str, Any], lang: str) -> list[dict[str, str]]:
    """What to do about risks that are above everyone's."""
    return [
        {"label": entry["label"] if lang == "vi" else entry["label_en"], "text": entry["guidance"][lang]}
        for entry in card["components"]["risk"]
        if entry.get("guidance") and not entry.get("suppressed") and (entry["lift"] or 0) > 1.1
    ]


def _worth(cells: Iterable[Mapping[str, Any]]) -> bool:
    return any(cell["value"] is not None for cell in cells)


def _cells(cells: Iterable[Mapping[str, Any]], lang: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    small = 0
    for cell in cells:
        label = texts()[lang].get(str(cell["group"]), str(cell["group"]))
        if cell["value"] is None:
            small += 1
        else:
            interval = " – ".join(percent(bound, lang) for bound in cell["interval"] or ())
            width = round(cell["value"] * 100, 1)
            shown = {"value": percent(cell["value"], lang), "width": width, "interval": interval}
            found.append({"label": label, "hidden": False, **shown})
    if small:
        found.append({"label": texts()[lang]["small_groups"].format(count=small), "hidden": True})
    return found


def _check(name: str, check: Mapping[str, Any], lang: str) -> dict[str, str]:
    return {
        "name": texts()[lang][name],
        "status": check["status"],
        "told": texts()[lang][check["status"]],
        "reason": check["reason"][lang],
        "action": check["action"][lang] if check["status"] != "green" and "action" in check else "",
    }


def _rule(rule: Mapping[str, Any] | None, lang: str) -> dict[str, Any] | None:
    if rule is None:
        return None
    steps = [
        {
            "label": step["label"] if lang == "vi" else step["label_en"],
            "op": texts()[lang][step["op"]],
            "value": step["value"]
            if isinstance(step["value"], str)
            else number(round(step["value"], 2), lang),
        }
        for step in rule["steps"]
    ]
    return {
        "steps": steps,
        "precision": percent(rule["precision"], lang),
        "coverage": percent(rule["coverage"], lang),
    }


def _scores(validation: Mapping[str, Any] | None, lang: str) -> list[dict[str, Any]]:
    if not validation:
        return []
    return [
        {
            "name": texts()[lang][who],
            "auc": number(round(validation[who]["auc"], 3), lang),
            "interval": " – ".join(number(round(bound, 2), lang) for bound in validation[who]["interval"]),
            "width": round(max(0.0, validation[who]["auc"] - 0.5) * 200, 1),
        }
        for who in ("personas", "rfm_grid", "individual")
    ]
