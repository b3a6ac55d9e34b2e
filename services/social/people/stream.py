"""Topic door of people: which accounts records name, what people agree to, who is read as whom, who is erased."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.view import follow
from kernel.contracts.consents import ConsentChanged
from kernel.contracts.event import Event
from kernel.contracts.records import RecordsWithdrawn
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.privacy.purposes import Purpose
from kernel.store.consumer import Handler
from kernel.store.erasures import Erasures
from services.social.people import service
from services.social.people.tables import watermarks


class RecordAccounts(Event, frozen=True, kw_only=True, omit_defaults=True, tag="RecordAccepted"):
    """A `RecordAccepted` as far as it is read here: decoding the rest would cost more than all that is done with it."""

    supersedes: str | None = None
    indexes: dict[str, msgspec.Raw] = {}


_indexes = msgspec.json.Decoder(tuple[str, ...]).decode


def people_handlers(erasures: Erasures) -> list[Handler]:
    """The doors."""
    return [
        Handler("records.accepted", Purpose.PROFILING, hear_records, reads=RecordAccounts | RecordsWithdrawn),
        Handler("consents.changed", Purpose.PROFILING, hear_consents),
        Handler("subjects.changed", "legal", partial(hear_subjects, erasures), sees_erased=True),
    ]


async def hear_records(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Accounts on a platform that records name; what was taken back or corrected may lead elsewhere now."""
    accounts: set[str] = set()
    subjects: set[str] = set()
    for event in events:
        if isinstance(event, RecordAccounts):
            for kind, packed in event.indexes.items():
                if kind.startswith("social."):
                    accounts.update(_indexes(packed))
        if event.subject and (isinstance(event, RecordsWithdrawn) or getattr(event, "supersedes", None)):
            subjects.add(event.subject)
    if accounts or subjects:
        await service.hear_accounts(tx, accounts, subjects)


async def hear_consents(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep consent to profiling, and how far it is known."""
    await follow(tx, events, _keep, watermarks)


async def _keep(tx: AsyncConnection, states: Mapping[str, ConsentChanged]) -> None:
    await service.keep_states(tx, states)
    await service.hear_consents(tx, states)


async def hear_subjects(erasures: Erasures, tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep who is read as whom; who is erased is forgotten with all that they said."""
    merges = [event for event in events if isinstance(event, SubjectMerged | SubjectSplit)]
    if merges:
        await service.hear_merges(tx, merges)
    for event in events:
        if isinstance(event, SubjectErased):
            await erasures.begin(tx, event.request_id, event.origins, event.recorded_at)
