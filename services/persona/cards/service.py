"""Publishing a run's personas, and reading them as they are now."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.personas import PersonaPublished
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.telemetry import current_traceparent
from services.persona.cards import repository
from services.persona.cards.domain import mistakes
from services.persona.cards.domain.face import face_of
from services.persona.cards.domain.history import changes_between
from services.persona.lake import service as lake

HOLDINGS = repository.HOLDINGS
members_of = repository.members_of
published_run = repository.published_run
assigned = repository.assigned
publications = repository.publications
save_assignments = repository.save_assignments
drop_members = repository.drop_members


class Portraits(NamedTuple):
    """What a run hands over: cards with `id`, and by persona id what its people said."""

    study_id: str
    run_id: str
    personas: Sequence[Mapping[str, Any]]
    quotes: Mapping[str, Sequence[Mapping[str, str]]]


async def publish(tx: AsyncConnection, portraits: Portraits, now: datetime) -> list[PersonaPublished]:
    """Make these personas the ones that stand for the study; the events to send with it.

    Quotes of people who were erased meanwhile must be left out by the caller.
    """
    study_id, run_id, personas, quotes = portraits
    known = await repository.versions_now(tx, study_id)
    versions = {card["id"]: known.get(card["id"], 0) + 1 for card in personas}
    await repository.save_publication(tx, study_id, run_id, now, versions)
    await repository.save_versions(
        tx,
        [
            {
                "persona_id": card["id"],
                "version": versions[card["id"]],
                "run_id": run_id,
                "at": now,
                "card": dict(card),
            }
            for card in personas
        ],
    )
    rows = [
        {"persona_id": persona_id, "version": versions[persona_id], "position": position, **quote}
        for persona_id, said in quotes.items()
        for position, quote in enumerate(said)
    ]
    await repository.save_quotes(tx, rows)
    return [_published(card, versions[card["id"]], study_id, run_id, now) for card in personas]


async def names_of(connection: AsyncConnection, study_id: str) -> dict[str, str]:
    """The names of a study's standing personas, so that the next version keeps them."""
    rows = await repository.listed(connection, study_id, None, 1000)
    return {row.id: row.card["name"] for row in rows}


async def standing(connection: AsyncConnection, limit: int = 500) -> list[str]:
    """The personas that stand now, of the newest publications first."""
    return await repository.newest(connection, limit)


async def read_card(connection: AsyncConnection, persona_id: str, now: datetime) -> dict[str, Any]:
    """The newest card of a persona as the API shows it. Raises NotFound.

    Quotes are shown only while their speakers' consent is known to be in force; whether the persona is up to date is
    judged at `now`.
    """
    row = await _row(connection, persona_id)
    card = {key: value for key, value in row.card.items() if key not in ("id", "old", "migration")}
    told = await repository.quotes_of(connection, row.id, row.version)
    allowed = await lake.allowed_among(connection, [quote.person for quote in told], now)
    evidence = card["evidence"]
    until, computed = (datetime.fromisoformat(evidence[name]) for name in ("facts_until", "computed_at"))
    updated = mistakes.not_updated(computed, until, now)
    checks = {**card["mistakes"], "not_updated": updated.view()}
    return {
        "id": row.id,
        "version": row.version,
        "study_id": row.study_id,
        "retired": row.retired,
        **card,
        "quotes": [{"text": q.text, "source": q.source} for q in told if q.person in allowed],
        "mistakes": checks,
        "confidence": mistakes.confidence_of(card["stability"], card["n"], checks).view(),
        "freshness": {
            "computed_at": evidence["computed_at"],
            "facts_until": evidence["facts_until"],
            "window": evidence["window"],
            "age_days": (now - computed).days,
            "fresh": updated.status == "green",
        },
        "face": f"/v1/personas/{row.id}.svg?part=face",
    }


async def read_history(connection: AsyncConnection, persona_id: str) -> list[dict[str, Any]]:
    """Every version, newest first, with what changed from the one before. Raises NotFound."""
    await _row(connection, persona_id)
    rows = await repository.versions(connection, persona_id)
    found = []
    for index, row in enumerate(rows):
        changes = changes_between(rows[index - 1].card, row.card) if index else []
        shown = {"version": row.version, "at": row.at.astimezone(UTC).isoformat(), "run_id": row.run_id}
        found.append({**shown, "n": row.card["n"], "share": row.card["share"], "changes": changes})
    return found[::-1]


async def read_migration(connection: AsyncConnection, persona_id: str) -> dict[str, Any]:
    """Who moved between the newest version and the one before it: the study's flows that touch this persona, the share
    of people who moved anywhere and the index of the shares' drift. No flows in a first version. Raises NotFound."""
    row = await _row(connection, persona_id)
    moved = row.card.get("migration") or {"flows": [], "moved_share": None, "psi": None}
    flows = [flow for flow in moved["flows"] if persona_id in (flow["from"], flow["to"])]
    versions = {"from_version": row.version - 1 or None, "to_version": row.version}
    return {**versions, "flows": flows, "moved_share": moved["moved_share"], "psi": moved["psi"]}


async def read_fairness(connection: AsyncConnection, persona_id: str) -> dict[str, Any]:
    """The audits of the run that made the persona's newest version. Raises NotFound."""
    fairness: dict[str, Any] = (await _row(connection, persona_id)).card["fairness"]
    return fairness


async def read_face(connection: AsyncConnection, persona_id: str) -> str:
    """The persona's face as SVG. Raises NotFound."""
    row = await _row(connection, persona_id)
    return face_of(row.id, row.card["name"], old=bool(row.card.get("old")))


async def is_blocked(connection: AsyncConnection, persona_id: str) -> bool:
    """True where the audits forbid to use the persona. Raises NotFound."""
    return bool((await read_fairness(connection, persona_id))["blocked"])


def summary(row: Any) -> dict[str, Any]:
    """A persona in a list."""
    kept = ("name", "tagline", "tagline_en", "share", "n", "stability", "doubtful")
    return {"id": row.id, "version": row.version, "study_id": row.study_id, **{k: row.card[k] for k in kept}}


async def _row(connection: AsyncConnection, persona_id: str) -> repository.Row:
    row = await repository.current(connection, persona_id)
    if row is None:
        raise NotFound("There is no persona by that id.")
    return row


def _published(
    card: Mapping[str, Any], version: int, study_id: str, run_id: str, now: datetime
) -> PersonaPublished:
    return PersonaPublished(
        id=new_id(),
        version=PersonaPublished.VERSION,
        subject=None,
        occurred_at=now,
        recorded_at=now,
        traceparent=current_traceparent(),
        persona_id=card["id"],
        persona_version=version,
        study_id=study_id,
        run_id=run_id,
        share=card["share"],
        stability=card["stability"] or 0.0,
    )
