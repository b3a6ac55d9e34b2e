"""Use cases of consent: publish notices, record acts, tell what a person consents to."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository
from gateway.consent.domain import (
    PURPOSES,
    Act,
    Standing,
    after,
    check_consent,
    check_purposes,
    in_force,
    revives,
    text_hash,
)
from gateway.consent.repository import Ledger
from gateway.errors import NoticeUnknown
from gateway.tables import store
from kernel.contracts.consents import ConsentChanged, NoticePublished
from kernel.ids import new_id
from kernel.store.outbox import publish
from kernel.telemetry import current_traceparent

FIRST_NOTICE = "core"

Source = tuple[str | None, str | None]
"""Where an act came from: (record id, client id)."""


async def standing_of(tx: AsyncConnection, subject: str) -> Standing:
    """What the person behind `subject` consents to at this moment, with merges applied."""
    now = await repository.read_as(tx, subject)
    origins = await repository.origins_of(tx, now)
    ledgers = (await repository.ledgers_of(tx, origins)).values()
    return Standing(
        subject=now,
        origins=tuple(origins),
        in_force=in_force([ledger.state for ledger in ledgers]),
        restricted=any(ledger.restricted for ledger in ledgers),
    )


async def record_acts(tx: AsyncConnection, acts: Sequence[tuple[str, Act, Source]]) -> list[str | None]:
    """Record acts of subjects, in order; the id of each act's evidence, None where it changed nothing.

    Most acts repeat what is known: they cost a read. Only subjects whose state changes are locked and written, and
    the whole new state of each is published.
    """
    known = await repository.ledgers_of(tx, [subject for subject, _, _ in acts])
    news = {
        subject
        for subject, act, _ in acts
        if after(known[subject].state if subject in known else {}, act) is not None
    }
    if not news:
        return [None] * len(acts)
    ledgers = await repository.ledgers_of(tx, sorted(news), lock=True)
    shown = await _proofs_shown(tx, acts, ledgers)
    rows: list[dict[str, Any]] = []
    ids: list[str | None] = []
    changed: dict[str, Ledger] = {}
    now = datetime.now(UTC)
    for subject, act, source in acts:
        ledger = ledgers.get(subject)
        repeated = ledger is not None and (subject, act.proof) in shown and revives(ledger.state, act)
        state = after(ledger.state, act) if ledger and not repeated else None
        if ledger is None or state is None:
            ids.append(None)
            continue
        ledger.state, ledger.version = state, ledger.version + 1
        changed[subject] = ledger
        rows.append(_evidence(subject, act, source, now))
        ids.append(rows[-1]["id"])
    await repository.add_acts(tx, rows)
    await repository.save_ledgers(tx, changed)
    await publish(tx, store, [_changed(subject, ledger, now) for subject, ledger in changed.items()])
    return ids


async def _proofs_shown(
    tx: AsyncConnection, acts: Sequence[tuple[str, Act, Source]], ledgers: Mapping[str, Ledger]
) -> set[tuple[str, str | None]]:
    """The proofs known of those whose withdrawn consent somebody would give again."""
    suspects = {
        subject for subject, act, _ in acts if subject in ledgers and revives(ledgers[subject].state, act)
    }
    return {*(await repository.proofs_of(tx, sorted(suspects)))} if suspects else set()


def _evidence(subject: str, act: Act, source: Source, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "subject": subject,
        "act": act.kind,
        "notice": act.notice,
        "notice_version": act.notice_version,
        "purposes": " ".join(act.purposes),
        "method": act.method,
        "captured_at": act.captured_at,
        "proof": act.proof,
        "record_id": source[0],
        "client_id": source[1],
        "recorded_at": now,
    }


def _changed(subject: str, ledger: Ledger, now: datetime) -> ConsentChanged:
    return ConsentChanged(
        id=new_id(),
        version=ConsentChanged.VERSION,
        subject=subject,
        occurred_at=now,
        recorded_at=now,
        traceparent=current_traceparent(),
        ledger_version=ledger.version,
        purposes=ledger.state,
        restricted=ledger.restricted,
    )


async def give(tx: AsyncConnection, subject: str, act: Act, client_id: str) -> str:
    """Record a consent given at our own door; in force when the transaction commits. Returns the evidence's id.

    Raises NoticeUnknown, and InvalidInput where the act is of the future or beyond its notice.
    """
    row = await repository.find_notice(tx, act.notice or "", act.notice_version or 0)
    if row is None:
        raise NoticeUnknown(f"There is no notice {act.notice} of version {act.notice_version}.")
    check_consent(act.purposes, act.captured_at, datetime.now(UTC), row.purposes)
    made = (await record_acts(tx, [(subject, act, (None, client_id))]))[0]
    if made is not None:
        return made
    evidence = _evidence(
        subject, act, (None, client_id), datetime.now(UTC)
    )  # a repeated act gets a receipt, too
    await repository.add_acts(tx, [evidence])
    return str(evidence["id"])


async def withdraw(
    tx: AsyncConnection, subject: str, purposes: Sequence[str] | None, client_id: str
) -> tuple[list[str], datetime]:
    """End consent to `purposes` (all when None) for every origin of the person, from now on.

    Returns the purposes withdrawn and when. Raises InvalidInput for an unknown purpose.
    """
    check_purposes(purposes or ())
    at, ended = datetime.now(UTC), list(purposes or PURPOSES)
    origins = (await standing_of(tx, subject)).origins
    act = Act("withdrawn", tuple(ended), at)
    await record_acts(tx, [(origin, act, (None, client_id)) for origin in origins])
    return ended, at


async def publish_notice(
    tx: AsyncConnection, key: str, purposes: Sequence[str], text: Mapping[str, str], by: str
) -> dict[str, Any]:
    """A new immutable version of the notice `key`. Raises InvalidInput for an unknown purpose."""
    check_purposes(purposes)
    now = datetime.now(UTC)
    version, digest = await repository.newest_version(tx, key) + 1, text_hash(text)
    row = {
        "key": key,
        "version": version,
        "purposes": list(purposes),
        "text": dict(text),
        "sha256": digest,
        "created_by": by,
        "created_at": now,
    }
    await repository.add_notice(tx, row)
    event = NoticePublished(
        id=new_id(),
        version=NoticePublished.VERSION,
        subject=None,
        occurred_at=now,
        recorded_at=now,
        notice=key,
        notice_version=version,
        purposes=tuple(purposes),
        sha256=digest,
    )
    await publish(tx, store, [event])
    return row


async def publish_first_notice(tx: AsyncConnection) -> None:
    """The notice of the first start, with every purpose; nothing where there is one already."""
    if await repository.newest_version(tx, FIRST_NOTICE):
        return
    texts = tomllib.loads((Path(__file__).parent / "notices.toml").read_text("utf-8"))
    text = {language: words.strip() for language, words in texts[FIRST_NOTICE].items()}
    await publish_notice(tx, FIRST_NOTICE, PURPOSES, text, "first start")
