"""Use cases of consent: publish notices, record acts, follow merges and erasures, tell what a person consents to."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository
from gateway.consent.domain import (
    DAY,
    PURPOSES,
    Act,
    Origin,
    Standing,
    State,
    check_consent,
    check_purposes,
    fold,
    is_news,
    micros,
    moment_of,
    published,
    standing_on,
    withdrawal_moment,
    would_revive,
)
from gateway.consent.repository import Ledger
from gateway.errors import GuardianMissing, IdentifierUnproved, NoticeUnknown, ProofRepeated
from gateway.parts import Parts
from gateway.tables import store
from kernel.contracts.consents import ConsentChanged
from kernel.errors import Gone, NotFound
from kernel.ids import canonical_id, new_id
from kernel.store.outbox import publish
from kernel.telemetry import current_traceparent
from kernel.web.internal import Caller

NOBODY = "There is no such person."


async def standing_of(tx: AsyncConnection, subject: str) -> Standing:
    """What the person behind `subject` consents to at this moment, with merges applied. Raises Gone (erased)."""
    root, origins = await person_of(tx, subject)
    return standing_on(root, origins, micros(datetime.now(UTC)))


async def standings_of(tx: AsyncConnection, subjects: Sequence[str]) -> dict[str, Standing]:
    """As `standing_of`, of several people at once; those who were erased are left out."""
    merged = await repository.merged_among(tx, subjects) if await repository.has_merges(tx) else set[str]()
    alone = [subject for subject in subjects if subject not in merged]
    ledgers = await repository.ledgers_of(tx, alone)
    erased = await repository.erased_among(tx, alone)
    now, found = micros(datetime.now(UTC)), dict[str, Standing]()
    for subject in alone:
        if subject not in erased:
            held = ledgers.get(subject, repository.EMPTY)
            origin = Origin(held.state, held.restricted, None, held.of_age_at)
            found[subject] = standing_on(subject, {subject: origin}, now)
    for subject in merged.intersection(subjects):
        with suppress(Gone):
            found[subject] = await standing_of(tx, subject)
    return found


async def person_of(tx: AsyncConnection, subject: str) -> tuple[str, dict[str, Origin]]:
    """The id that `subject` is read as, and every origin of that person as it stands. Raises Gone (erased)."""
    root, origins = await repository.family_of(tx, subject)
    if await repository.is_erased(tx, [subject, *origins]):
        raise Gone
    return root, origins


async def person_meant(
    parts: Parts,
    caller: Caller,
    subject_id: str | None,
    identifiers: Mapping[str, Any] | None,
    *,
    create: bool,
    gives: bool = False,
) -> str:
    """The person that a client means by an id as it knows it, or by identifiers.

    Usable identifiers of nobody make one where `create`. Raises NotFound, Gone (erased), InvalidInput, and, where the
    client `gives` something in their name, IdentifierUnproved.
    """
    if subject_id is not None:
        inner = parts.pairwise.inner(caller.client_id, subject_id) if caller.is_partner else None
        return await person_known(parts, inner if caller.is_partner else canonical_id(subject_id))
    found = await parts.ingest.resolve(identifiers or {}, create=create)
    if found.erased:
        raise Gone
    if found.subject_id is None:
        raise NotFound(NOBODY)
    if gives and found.claimed:
        raise IdentifierUnproved("Name the person by the phone that they proved to hold, or by their id.")
    return found.subject_id


async def person_known(parts: Parts, subject: str | None) -> str:
    """The id of a person that there is. Ingest is asked where the ledger has not heard of them. Raises NotFound, Gone."""
    if subject is None:
        raise NotFound(NOBODY)
    async with parts.database.snapshot() as connection:
        _, origins = await person_of(connection, subject)
    if not any(origin.state for origin in origins.values()):
        await parts.ingest.mind_existence(subject)
    return subject


async def restrict(tx: AsyncConnection, subject: str) -> None:
    """From the commit on the person's data is only kept: every purpose is denied, and all services hear of it."""
    await repository.enter(tx)
    _, origins = await person_of(tx, subject)
    held = await repository.lock_ledgers(tx, sorted(origins))
    changed = {
        origin: ledger._replace(version=ledger.version + 1, restricted=True)
        for origin, ledger in held.items()
        if not ledger.restricted
    }
    await repository.save_ledgers(tx, changed)
    now, trace = datetime.now(UTC), current_traceparent()
    news = [_changed(origin, ledger, now, trace) for origin, ledger in changed.items()]
    if news:
        await publish(tx, store, news)


async def record_acts(tx: AsyncConnection, acts: Sequence[Act], *, keep_all: bool = False) -> int:
    """Record acts in order, in the open transaction: how many were kept as evidence.

    Most acts repeat what is known: they cost a read, and are not kept unless `keep_all`. Only subjects whose state
    changes are held and written; what others act on is published with the whole new state. An act on a merged
    person is one on each of their origins. One that would revive a purpose by a proof seen before is left out.
    """
    await repository.enter(tx)
    acts = await _for_each_origin(tx, acts)
    known = None
    if not keep_all:
        known = await repository.ledgers_of(tx, sorted({act.subject for act in acts}))
        acts = [act for act in acts if _changes(known.get(act.subject, repository.EMPTY).state, act)]
    if not acts:
        return 0
    held = await repository.lock_ledgers(tx, sorted({act.subject for act in acts}), known)
    acts = await _without_repeated_proofs(tx, acts, held)
    states: dict[str, State] = {}
    kept = []
    for act in acts:
        before = states.get(act.subject, held[act.subject].state)
        after = fold(before, act)
        if after is not before:
            states[act.subject] = after
        if keep_all or after is not before:
            kept.append(act)
    await repository.add_acts(tx, kept)
    await _save(tx, held, states)
    return len(kept)


def _changes(state: State, act: Act) -> bool:
    return fold(state, act) is not state


async def _save(tx: AsyncConnection, held: Mapping[str, Ledger], states: Mapping[str, State]) -> None:
    changed = {
        subject: held[subject]._replace(version=held[subject].version + 1, state=state)
        for subject, state in states.items()
    }
    if not changed:
        return
    await repository.save_ledgers(tx, changed)
    now, trace = datetime.now(UTC), current_traceparent()
    news = [
        _changed(subject, ledger, now, trace)
        for subject, ledger in changed.items()
        if is_news(held[subject].state, ledger.state) or held[subject].state.keys() - ledger.state.keys()
    ]
    if news:
        await publish(tx, store, news)


def _changed(subject: str, ledger: Ledger, now: datetime, trace: str | None) -> ConsentChanged:
    return ConsentChanged(
        id=new_id(),
        version=ConsentChanged.VERSION,
        subject=subject,
        occurred_at=now,
        recorded_at=now,
        traceparent=trace,
        ledger_version=ledger.version,
        purposes=published(ledger.state),
        restricted=ledger.restricted,
    )


async def _for_each_origin(tx: AsyncConnection, acts: Sequence[Act]) -> Sequence[Act]:
    """An act after a merge is the whole person's: every other origin gets it as evidence of its own.

    Over how many merges they became one, and under which of their ids the act came, makes no difference.
    """
    if not await repository.has_merges(tx):
        return acts
    merged = await repository.merged_among(tx, sorted({act.subject for act in acts}))
    others = {subject: await repository.others_of(tx, subject) for subject in sorted(merged)}
    spread = list(acts)
    for act in acts:
        for member, joined_at in others.get(act.subject, {}).items():
            if act.kind == "withdrawn" or act.captured_at > joined_at:
                spread.append(act._replace(id="", subject=member))
    return spread


async def follow_merges(
    tx: AsyncConnection, rows: Sequence[tuple[str, str | None, str, int, datetime]]
) -> None:
    """Keep merges and splits as (subject, merged into or None, merge_id, merge_version, at); the newest version wins."""
    await repository.enter(tx)
    await repository.save_merges(tx, rows)


async def _without_repeated_proofs(
    tx: AsyncConnection, acts: Sequence[Act], held: Mapping[str, Ledger]
) -> Sequence[Act]:
    suspects = {act.subject for act in acts if would_revive(held[act.subject].state, act)}
    if not suspects:
        return acts
    seen = await repository.proofs_of(tx, sorted(suspects))
    return [
        act
        for act in acts
        if (act.subject, act.proof) not in seen or not would_revive(held[act.subject].state, act)
    ]


async def give(tx: AsyncConnection, act: Act, captured_at: datetime) -> None:
    """Record a consent given at our own door; in force when the transaction commits. It lasts as its notice says.

    Raises NoticeUnknown (also where a later version asks everybody anew), GuardianMissing for a child's own consent,
    InvalidInput where the act is of the future or beyond its notice, and ProofRepeated where
    the purpose was withdrawn and the proof is one from before.
    """
    row = await repository.find_notice(tx, act.notice or "", act.notice_version or 0)
    if row is None:
        raise NoticeUnknown(f"There is no notice {act.notice} of version {act.notice_version}.")
    check_consent(act.purposes, captured_at, moment_of(act.recorded_at), row.purposes)
    if await repository.is_replaced(tx, row.key, row.version):
        raise NoticeUnknown(
            "A later version of this notice asks everybody anew: ask the person under that one."
        )
    if act.guardian is None and await _is_child(tx, act):
        raise GuardianMissing("For a child a parent or guardian consents: name them in `guardian`.")
    if row.valid_days:
        act = act._replace(expires_at=act.captured_at + row.valid_days * DAY)
    if not await record_acts(tx, [act], keep_all=True):
        raise ProofRepeated("Ask the person again: the proof is one from before the withdrawal.")


async def _is_child(tx: AsyncConnection, act: Act) -> bool:
    _, origins = await person_of(tx, act.subject)
    return any(
        origin.of_age_at is not None and origin.of_age_at > act.recorded_at for origin in origins.values()
    )


async def note_child(tx: AsyncConnection, subject: str, of_age_at: datetime) -> None:
    """Note that the person is a child until then: what they agree to alone opens nothing. Raises Gone (erased)."""
    await repository.enter(tx)
    _, origins = await person_of(tx, subject)
    held = await repository.lock_ledgers(tx, sorted(origins))
    at = micros(of_age_at)
    await repository.save_ledgers(tx, {one: ledger._replace(of_age_at=at) for one, ledger in held.items()})


async def withdraw(
    tx: AsyncConnection, subject: str, purposes: Sequence[str] | None, client_id: str
) -> tuple[list[str], datetime]:
    """End consent to `purposes` (all when None) for every origin of the person, from now on.

    Returns the purposes withdrawn and when. Raises InvalidInput for an unknown purpose, Gone for an erased person.
    """
    check_purposes(purposes or ())
    await repository.enter(tx)
    _, origins = await person_of(tx, subject)
    held = await repository.lock_ledgers(tx, sorted(origins))
    ended, now = list(purposes or PURPOSES), micros(datetime.now(UTC))
    at = withdrawal_moment([ledger.state for ledger in held.values()], ended, now)
    acts = [Act(origin, "withdrawn", tuple(ended), at, now, client_id=client_id) for origin in held]
    await record_acts(tx, acts, keep_all=True)
    return ended, moment_of(at)


async def void_acts(
    tx: AsyncConnection, subject: str, record_ids: Sequence[str], left: Sequence[Act]
) -> None:
    """Take back the acts that came along with records which should never have come in.

    The state becomes what the remaining acts add up to, with those of the records that are `left` (they may not have
    been kept, since what is void now said the same). An origin merged in since is treated alike.
    """
    await repository.enter(tx)
    members = await repository.merged_into(tx, [subject]) if await repository.has_merges(tx) else {}
    subjects = sorted({subject, *(member for member, _ in members.get(subject, ()))})
    held = await repository.lock_ledgers(tx, subjects)
    await repository.drop_acts(tx, subjects, record_ids)
    states: dict[str, State] = {}
    for one in subjects:
        kept = await repository.all_acts(tx, one)
        known = {act.record_id for act in kept}
        more = [act._replace(subject=one) for act in left if act.record_id not in known]
        await repository.add_acts(tx, more)
        state: State = {}
        for act in sorted([*kept, *more], key=lambda act: act.recorded_at):
            state = fold(state, act)
        if state != held[one].state:
            states[one] = state
    await _save(tx, held, states)
