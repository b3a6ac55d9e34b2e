"""What the pages show, gathered from cards."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.persona.cards import service as cards
from services.persona.pages.view import measured, number, told

LOOKER: Final = "looker"
"""The kind of a caller who only looks, on the machine itself, without having signed in: no people's own words."""

FindStudy = Callable[[AsyncConnection, str], Awaitable[Any]]


async def gallery(
    connection: AsyncConnection, lang: str, now: datetime, find_study: FindStudy
) -> list[dict[str, Any]]:
    """Studies (newest publication first) with their personas, the largest first."""
    found: dict[str, dict[str, Any]] = {}
    for persona_id in await cards.standing(connection):
        card = await cards.read_card(connection, persona_id, now)
        study_id = card["study_id"]
        if study_id not in found:
            study = await find_study(connection, study_id)
            found[study_id] = {"name": study.name, "objective": study.objective, "cards": []}
        found[study_id]["cards"].append(card)
    for study in found.values():
        by_size = sorted(study["cards"], key=lambda card: -card["n"])
        study["cards"] = [told(card, lang) for card in by_size]
    return list(found.values())


async def portrait(
    connection: AsyncConnection, persona_id: str, lang: str, now: datetime, *, quotes: bool
) -> dict[str, Any]:
    """A persona's page: `card` and `history`. Raises NotFound."""
    card = await cards.read_card(connection, persona_id, now)
    card = card if quotes else {**card, "quotes": []}
    history = await cards.read_history(connection, persona_id)
    units = {e["key"]: e["unit"] for entries in card["components"].values() for e in entries}
    labels = {
        e["key"]: e["label"] if lang == "vi" else e["label_en"]
        for entries in card["components"].values()
        for e in entries
    }
    for version in history:
        version["n"] = number(version["n"], lang)
        for change in version["changes"]:
            unit, label = units.get(change["key"], ""), labels.get(change["key"], change["label"])
            before, after = (measured(change[side], unit, lang) for side in ("from", "to"))
            change["told"] = f"{label}: {before} → {after}"
    return {"card": told(card, lang), "history": history}
