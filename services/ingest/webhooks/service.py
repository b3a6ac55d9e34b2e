"""Use cases of hooks: register, close, list, open, and take a delivery apart."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils import UUID, uuid5

from kernel.errors import FieldError, InvalidInput, MalformedInput, NotFound
from kernel.ids import new_id
from services.ingest import moments
from services.ingest.vault.service import Place, Vault
from services.ingest.webhooks import repository
from services.ingest.webhooks.domain.hooks import Hook, HookSettings, Secrets, record_id, thing_id
from services.ingest.webhooks.domain.leads import leads_in
from services.ingest.webhooks.domain.mapping import Thing, messages_in, mistakes_in, things_in

NOTHING = "There is no such hook."
LEAD, FORM = "lead", "form"

_FETCH_IDS = UUID("5a0d1a5e-7a0e-5d8c-8f7e-93b5f1f3c2d1")
_encode = msgspec.json.Encoder().encode
_decode_settings = msgspec.json.Decoder(HookSettings).decode
_decode_secrets = msgspec.json.Decoder(Secrets).decode


class Delivery(NamedTuple):
    """What a delivery comes to."""

    things: Sequence[Thing]
    leads: Sequence[str]
    unknown: int
    """Messages that no rule is for."""


async def register_hook(
    tx: AsyncConnection,
    vault: Vault,
    source: str,
    kind: str,
    settings: HookSettings,
    given: Secrets,
    client: str,
) -> Hook:
    """A new hook, with a secret of ours where none is given. Its key is committed before the hook.

    Raises InvalidInput where the mapping cannot be used, or a generic hook has none.
    """
    _mind(kind, settings)
    key = new_id()
    secrets = given if given.secret else msgspec.structs.replace(given, secret=new_secret())
    keys = await vault.keys_for([key], fresh=[key])
    sealed = vault.seal_all(keys, [(_place(key), _encode(secrets))])[0]
    await repository.add_hook(
        tx,
        {
            "id": key,
            "source": source,
            "type": kind,
            "settings": _encode(settings),
            "secrets": sealed,
            "created_by": client,
            "created_at": moments.now(),
        },
    )
    return Hook(key, source, kind, settings, secrets)


def new_secret() -> str:
    """A secret as Standard Webhooks writes them."""
    return "whsec_" + b64encode(randomness.token_bytes(24)).decode()


def _mind(kind: str, settings: HookSettings) -> None:
    if settings.mapping is not None:
        mistakes = [FieldError("/mapping" + where, what) for where, what in mistakes_in(settings.mapping)]
        if mistakes:
            raise InvalidInput("The mapping cannot be used.", errors=mistakes)
    elif kind == "standard":
        raise InvalidInput(
            "A generic hook needs a mapping.", errors=[FieldError("/mapping", "This field is required.")]
        )


async def open_hook(tx: AsyncConnection, vault: Vault, key: str) -> Hook:
    """A hook with its secrets opened. Raises NotFound."""
    row = await repository.hook_by_id(tx, key)
    if row is None:
        raise NotFound(NOTHING)
    opened = (await vault.open_sealed([(_place(key), row.secrets)]))[0]
    return Hook(row.id, row.source, row.type, _decode_settings(row.settings), _decode_secrets(opened))


async def close_hook(tx: AsyncConnection, key: str) -> None:
    """From now on nothing more comes in by this hook; its key may be discarded. Raises NotFound."""
    if not await repository.close_hook(tx, key):
        raise NotFound(NOTHING)


def read_delivery(hook: Hook, headers: Mapping[str, str], body: bytes) -> Delivery:
    """The records and leads in a signed delivery. Raises MalformedInput where it is no JSON."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedInput("The delivery is no JSON.") from None
    recipe = hook.recipe
    if recipe is None:
        leads, others = leads_in(document)
        return Delivery((), leads, others)
    found: list[Thing] = []
    unknown = 0
    for topic, message in messages_in(recipe, headers, document):
        things = things_in(recipe, topic, message)
        unknown += things is None
        found += things or ()
    return Delivery(found, (), unknown)


class Bound(NamedTuple):
    """What of a delivery goes in: things that are no older than what is stored, and what they replace."""

    things: Sequence[Thing]
    supersedes: Mapping[str, str]
    stale: int


async def compare(tx: AsyncConnection, hook: Hook, things: Sequence[Thing]) -> Bound:
    """Things against their newest stored state: a later one replaces it, an earlier one that comes late is left out.

    Versions are compared where both are known; things without one are all new.
    """
    newest = await repository.newest_of(tx, sorted({thing_id(hook, thing) for thing in things}))
    kept, supersedes, stale = [], {}, 0
    for thing in things:
        known = newest.get(thing_id(hook, thing))
        if known is not None and thing.version < known.version:
            stale += 1
            continue
        kept.append(thing)
        if known is not None and thing.version > known.version:
            supersedes[record_id(hook, thing)] = known.record_id
    return Bound(kept, supersedes, stale)


async def keep_newest(
    tx: AsyncConnection, hook: Hook, things: Sequence[Thing], statuses: Sequence[str]
) -> None:
    """Remember the states that were just stored."""
    await repository.save_newest(
        tx,
        [
            (thing_id(hook, thing), thing.version, record_id(hook, thing), hook.source)
            for thing, status in zip(things, statuses, strict=True)
            if status == "accepted" and thing.version
        ],
    )


async def queue_leads(tx: AsyncConnection, hook: Hook, leads: Sequence[str]) -> int:
    """Leads to be fetched, once each while they wait. Returns how many are new."""
    rows = [
        {"id": _fetch_id(hook.id, LEAD, lead), "hook_id": hook.id, "what": LEAD, "target": lead}
        for lead in leads
    ]
    return await repository.add_fetches(tx, rows)


async def queue_form(tx: AsyncConnection, hook_id: str, form: str, since: int | None) -> str:
    """All leads of a form from `since` (seconds) on, page after page; the id of the fetch.

    Leads that came in before are duplicates.
    """
    key = _fetch_id(hook_id, FORM, form)
    row = {"id": key, "hook_id": hook_id, "what": FORM, "target": form, "since": since}
    await repository.add_fetches(tx, [row])
    return key


async def count(tx: AsyncConnection, hook_id: str, outcomes: Mapping[str, int]) -> None:
    """Add to the counts of a hook."""
    await repository.count(tx, hook_id, {name: n for name, n in outcomes.items() if n})


class Told(NamedTuple):
    """A hook as a list shows it."""

    row: Any
    settings: HookSettings
    counts: Mapping[str, int]
    last_at: int | None
    waiting: int
    trouble: str | None


async def list_hooks(tx: AsyncConnection, after: tuple[int, str] | None, limit: int) -> list[Told]:
    """Hooks with what became of their deliveries, oldest first; up to `limit` of them."""
    rows = await repository.page_of_hooks(tx, after, limit)
    keys = [row.id for row in rows]
    counts: dict[str, dict[str, int]] = {}
    last: dict[str, int] = {}
    for row in await repository.counts_of(tx, keys):
        counts.setdefault(row.hook_id, {})[row.outcome] = row.n
        last[row.hook_id] = max(row.last_at, last.get(row.hook_id, 0))
    waiting = await repository.waiting_of(tx, keys)
    return [
        Told(
            row,
            _decode_settings(row.settings),
            counts.get(row.id, {}),
            last.get(row.id),
            waiting[row.id].n if row.id in waiting else 0,
            waiting[row.id].trouble if row.id in waiting else None,
        )
        for row in rows
    ]


def _fetch_id(hook_id: str, what: str, target: str) -> str:
    return str(uuid5(_FETCH_IDS, f"{hook_id}\n{what}\n{target}"))


def _place(key: str) -> Place:
    return Place(key, "", "", table="hook")
