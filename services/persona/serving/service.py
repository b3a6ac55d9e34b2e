"""Which persona a person belongs to, within their consent, or an honest "none"."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.persona.cards import service as cards
from services.persona.lake import service as lake


async def persona_of(
    connection: AsyncConnection, subject: str, study_id: str | None, narrow_margin: float, now: datetime
) -> dict[str, Any]:
    """The person's persona with margin, runner-up, reasons and the change that would matter, or `abstained` and why.

    Raises Gone, ConsentUnknown or ConsentMissing where the person must not be profiled now.
    """
    person = await lake.may_use(connection, subject, now)
    found = await cards.assigned(connection, person, study_id)
    if found is None:
        return _abstained("not-assigned", "No published study has looked at this person.")
    if await cards.is_blocked(connection, found.persona_id):
        return _abstained(
            "fairness-blocked", "The study's groups follow a protected trait too closely to be used."
        )
    if found.margin is not None and found.margin < narrow_margin:
        return _abstained("narrow-margin", "The person is about as near to another persona.")
    return {
        "persona_id": found.persona_id,
        "study_id": found.study_id,
        "margin": found.margin,
        "runner_up": found.runner_up,
        "why": msgspec.json.decode(found.why),
        "change_to": msgspec.json.decode(found.change_to) if found.change_to else None,
        "assigned_at": found.at.isoformat(),
    }


def _abstained(code: str, detail: str) -> dict[str, Any]:
    return {"abstained": True, "reason": code, "detail": detail}
