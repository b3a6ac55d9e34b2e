"""Queries of speakers, consents and merges."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import Standing, standing_on
from kernel.contracts.consents import ConsentChanged
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.privacy.purposes import Purpose
from kernel.store.bulk import insert_many, one_of, select_any, update_many
from services.social.people.tables import consent, merge, speaker
from services.social.tables import store


async def select_known(tx: AsyncConnection, authors: Sequence[str]) -> set[str]:
    """Those of `authors` whose account is known."""
    query = sa.select(speaker.c.author)
    return {row.author for row in await select_any(tx, query, speaker.c.author, authors)}


async def insert_speakers(tx: AsyncConnection, met: Mapping[str, str]) -> None:
    """Keep the accounts (blind indexes) of authors; whom they lead to is still to be asked."""
    authors, ones = sorted(met), [1] * len(met)
    columns: dict[str, list[Any]] = {
        "author": authors, "account": [met[author] for author in authors], "subject": [None] * len(met),
        "changes": ones, "asked": [0] * len(met), "told": [0] * len(met),
    }  # fmt: skip
    await insert_many(tx, speaker, columns, conflict="(author) DO NOTHING")


async def select_unasked(tx: AsyncConnection, limit: int) -> Sequence[sa.Row[Any]]:
    """Speakers whose account may lead to somebody else than is known."""
    query: sa.Select[Any] = sa.select(speaker)
    due = speaker.c.told < speaker.c.changes, speaker.c.asked < speaker.c.changes
    found: sa.CursorResult[Any] = await tx.execute(query.where(*due).order_by(speaker.c.author).limit(limit))
    return found.all()


async def save_answers(
    tx: AsyncConnection, asked: Sequence[sa.Row[Any]], subjects: Sequence[str | None]
) -> None:
    """Keep whom accounts lead to; what changed since they were read is asked again."""
    if not asked:
        return
    values: dict[str, list[Any]] = {"subject": list(subjects), "asked": [row.changes for row in asked]}
    await update_many(tx, speaker, {"author": [row.author for row in asked]}, values)


async def select_untold(tx: AsyncConnection, limit: int) -> Sequence[sa.Row[Any]]:
    """Speakers of whom ingest was asked, whose mentions may have been told of somebody else; locked."""
    due = speaker.c.told < speaker.c.changes, speaker.c.asked >= speaker.c.changes
    query = sa.select(speaker).where(*due).order_by(speaker.c.author).limit(limit).with_for_update()
    return (await tx.execute(query)).all()


async def has_untold(tx: AsyncConnection) -> bool:
    """Whether there is such a speaker."""
    due = speaker.c.told < speaker.c.changes, speaker.c.asked >= speaker.c.changes
    return bool(await tx.scalar(sa.select(sa.literal(1)).where(*due).limit(1)))


async def save_told(tx: AsyncConnection, author: str, changes: int) -> None:
    """Note how far an author's mentions were told anew."""
    await tx.execute(sa.update(speaker).where(speaker.c.author == author).values(told=changes))


async def hold_speakers(tx: AsyncConnection, authors: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Speakers among `authors`; none of them changes before `tx` ends."""
    query = sa.select(speaker).order_by(speaker.c.author).with_for_update(read=True)
    return await select_any(tx, query, speaker.c.author, authors)


async def stir_accounts(tx: AsyncConnection, accounts: Collection[str]) -> None:
    """What leads to whom may have changed for these blind indexes."""
    await _stir(tx, speaker.c.account, accounts)


async def stir_subjects(tx: AsyncConnection, subjects: Collection[str]) -> None:
    """Something about these people changed: consent, merges, or what their accounts are."""
    await _stir(tx, speaker.c.subject, subjects)


async def stir_authors(tx: AsyncConnection, authors: Collection[str]) -> None:
    """As whom these authors may be told is to be looked at again."""
    await _stir(tx, speaker.c.author, authors)


async def _stir(tx: AsyncConnection, column: sa.Column[Any], values: Collection[str]) -> None:
    found = await select_any(tx, sa.select(speaker.c.author), column, sorted(values))
    if found:
        mine = one_of(tx, speaker.c.author, sorted(row.author for row in found))
        await tx.execute(sa.update(speaker).where(mine).values(changes=speaker.c.changes + 1))


async def keep_states(tx: AsyncConnection, states: Mapping[str, ConsentChanged]) -> None:
    """Keep consent to profiling by subject; a lower version never replaces a higher one."""
    subjects = sorted(states)  # one order everywhere, so that two members never wait for each other
    standings = [standing_on(Purpose.PROFILING, states[subject]) for subject in subjects]
    columns: dict[str, list[Any]] = {
        "subject": subjects,
        "ledger_version": [states[subject].ledger_version for subject in subjects],
        **dict(zip(Standing._fields, map(list, zip(*standings, strict=True)), strict=True)),
    }
    update = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "subject")
    newer = "WHERE excluded.ledger_version > speaker_consent.ledger_version"
    await insert_many(tx, consent, columns, conflict=f"(subject) DO UPDATE SET {update} {newer}")


async def keep_merges(tx: AsyncConnection, events: Sequence[SubjectMerged | SubjectSplit]) -> None:
    """Keep merges and splits, in whatever order they arrive: the highest version of a merge wins."""
    newest: dict[str, SubjectMerged | SubjectSplit] = {}
    for event in events:
        if event.merge_id not in newest or event.merge_version > newest[event.merge_id].merge_version:
            newest[event.merge_id] = event
    rows = [newest[merge_id] for merge_id in sorted(newest)]
    columns: dict[str, list[Any]] = {
        "merge_id": [event.merge_id for event in rows],
        "source": [event.subject for event in rows],
        "target": [event.into if isinstance(event, SubjectMerged) else event.subject for event in rows],
        "merge_version": [event.merge_version for event in rows],
        "undone": [isinstance(event, SubjectSplit) for event in rows],
    }
    update = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "merge_id")
    newer = "WHERE excluded.merge_version > speaker_merge.merge_version"
    await insert_many(tx, merge, columns, conflict=f"(merge_id) DO UPDATE SET {update} {newer}")


async def families_of(tx: AsyncConnection, subjects: Collection[str], *, undone: bool = False) -> set[str]:
    """`subjects` and everybody who is read as the same people; with `undone` also who once was."""
    found, layer = set(subjects), list(subjects)
    query = sa.select(merge.c.source, merge.c.target)
    if not undone:
        query = query.where(merge.c.undone.is_(False))
    while layer:
        rows = [
            row
            for column in (merge.c.source, merge.c.target)
            for row in await select_any(tx, query, column, layer)
        ]
        layer = sorted({one for row in rows for one in row} - found)
        found.update(layer)
    return found


async def standings(tx: AsyncConnection, origins: Collection[str]) -> list[Standing]:
    """Where those of `origins` stand whose consent is known."""
    query = sa.select(*(consent.c[name] for name in Standing._fields))
    rows = await select_any(tx, query, consent.c.subject, sorted(origins))
    return [Standing(row.granted, row.withdrawn, row.restricted) for row in rows]


async def erased_among(tx: AsyncConnection, subjects: Sequence[str]) -> set[str]:
    """Those of `subjects` that are erased."""
    column = store.erased.c.subject
    return {str(row.subject) for row in await select_any(tx, sa.select(column), column, subjects)}
