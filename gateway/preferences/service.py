"""Use cases of the page: what is held, who read it, what the person agrees to, and what they ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import repository as audit
from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.clients import repository as clients
from gateway.consent import service as consents
from gateway.consent.domain import Act, Origin, in_force, micros, moment_or_none, proof_hash
from gateway.consent.notices import FIRST_NOTICE, newest_notice
from gateway.parts import Parts
from gateway.policy.domain import FIELDS, FieldClass, class_of
from gateway.preferences.domain import changes
from gateway.preferences.signing_in import SELF
from gateway.privacy import repository as requests
from gateway.privacy import service as privacy
from gateway.privacy.domain import Kind
from kernel.ids import new_id
from kernel.privacy.catalogue import entry
from kernel.privacy.masking import mask
from kernel.web.vault import Disclosure

METHOD = "privacy-page"
MOST_EVENTS = 10
MOST_READS = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page tells a person."""

    held: Mapping[FieldClass, Sequence[tuple[str, str]]]
    """By class of field: the fields and their values, masked: a phone is looked at by others too."""
    events: Sequence[Mapping[str, Any]]
    """What happened last, newest first."""
    reads: Sequence[Mapping[str, Any]]
    purposes: Sequence[Mapping[str, Any]]
    notice: Any
    restricted: bool
    is_child: bool
    requests: Sequence[Any]


async def overview(parts: Parts, subject: str, lang: str) -> Overview:
    """What is held of the person and done with it; that they looked is on record. Raises Gone (erased), Unavailable."""
    now = micros(datetime.now(UTC))
    async with parts.database.transaction() as tx:
        root, origins = await consents.person_of(tx, subject)
        told = Entry(SELF, "read", "allow", "own-data", root, "legal", FIELDS, new_id())
        await record(tx, parts.audit_key, [told])
    async with parts.database.snapshot() as connection:
        notice = await newest_notice(connection, FIRST_NOTICE)
        reads = await _reads(connection, list(origins))
        asked = await requests.requests_of(connection, list(origins))
    events = await parts.ingest.timeline(list(origins), limit=MOST_EVENTS, cursor=None)
    return Overview(
        held=await _held(parts, list(origins)),
        events=[{**one, "at": datetime.fromisoformat(str(one["at"]))} for one in events.items],
        reads=reads,
        purposes=_purposes(origins, notice, now),
        notice=notice,
        restricted=any(origin.restricted for origin in origins.values()),
        is_child=any(origin.of_age_at is not None and origin.of_age_at > now for origin in origins.values()),
        requests=asked,
    )


async def _held(parts: Parts, origins: Sequence[str]) -> dict[FieldClass, list[tuple[str, str]]]:
    values: dict[str, Any] = {}
    for origin in origins:
        missing = tuple(name for name in FIELDS if name not in values)
        values = {**await parts.ingest.reveal(Disclosure(origin, missing, "legal", SELF)), **values}
    held: dict[FieldClass, list[tuple[str, str]]] = {}
    for name, value in values.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        held.setdefault(class_of(name), []).append((name, mask(entry(name).mask, text)))
    return held


async def _reads(tx: AsyncConnection, origins: Sequence[str]) -> list[dict[str, Any]]:
    """Who was shown what; the person's own looks left out."""
    rows = await audit.count_reads(
        tx, subjects=origins, client_id=None, purpose=None, since=None, limit=MOST_READS
    )
    told, names = [], dict[str, str]()
    for row in rows:
        if row.client_id == SELF:
            continue
        if row.client_id not in names:
            client = await clients.find_client(tx, row.client_id)
            names[row.client_id] = client.name if client else row.client_id
        fields = msgspec.json.decode(row.fields)
        told.append({**row._asdict(), "who": names[row.client_id], "fields": fields})
    return told


def _purposes(origins: Mapping[str, Origin], notice: Any, now: int) -> list[dict[str, Any]]:
    known = list(origins.values())
    agreed = in_force(known, now)
    rows = []
    for purpose in _offered(notice):
        lines = [one.state[purpose] for one in known if purpose in one.state]
        newest = max(lines, key=lambda line: line.granted_at or 0, default=None)
        rows.append(
            {
                "name": purpose,
                "in_force": purpose in agreed,
                "since": moment_or_none(newest.granted_at) if newest else None,
                "until": moment_or_none(newest.expires_at) if newest else None,
            }
        )
    return rows


def _offered(notice: Any) -> list[str]:
    """Legal duties need nobody's consent: there is nothing to agree to."""
    return [purpose for purpose in notice.purposes if purpose != "legal"]


async def decide(parts: Parts, subject: str, ticked: Sequence[str]) -> None:
    """Give what was ticked and withdraw what was not, in one transaction; reads begun after it see the change.

    Raises GuardianMissing where a child would consent alone, Gone (erased).
    """
    now = datetime.now(UTC)
    async with parts.database.transaction() as tx:
        root, origins = await consents.person_of(tx, subject)
        notice = await newest_notice(tx, FIRST_NOTICE)
        agreed = in_force(list(origins.values()), micros(now))
        given, ended = changes(_offered(notice), agreed, ticked)
        if ended:
            await consents.withdraw(tx, root, ended, SELF)
            await record(tx, parts.audit_key, [Entry(SELF, "withdraw", "allow", " ".join(ended), root)])
        if given:
            act = Act(
                root, "given", given, micros(now), micros(now), notice.key, notice.version, METHOD,
                proof_hash(f"{METHOD} {new_id()}"), client_id=SELF, id=new_id(),
            )  # fmt: skip
            await consents.give(tx, act, now)
            await record(tx, parts.audit_key, [Entry(SELF, "consent", "allow", " ".join(given), root)])


async def ask_for(parts: Parts, subject: str, kind: Kind) -> None:
    """File what the person asks for; it waits for the officer. One of a kind at a time. Raises Gone (erased)."""
    async with parts.database.transaction() as tx:
        root, origins = await consents.person_of(tx, subject)
        waiting = await requests.requests_of(tx, list(origins))
        if any(one.kind == kind and one.state in ("received", "running") for one in waiting):
            return
        request_id = await privacy.file(
            tx, kind, root, by=SELF, purposes=(), reason=None, days=parts.working_days,
            processors=parts.settings.has_processors,
        )  # fmt: skip
        told = Entry(SELF, "privacy", "allow", f"filed {kind}", root, decision_id=request_id)
        await record(tx, parts.audit_key, [told])
