"""What a hook is, and how a thing that it brings becomes a record."""

from typing import Any, Final, Literal, get_args

import msgspec
from uuid_utils import UUID, uuid5

from services.ingest.webhooks.domain.mapping import Recipe, Thing
from services.ingest.webhooks.domain.presets import PRESETS, preset

HookType = Literal["meta", "kiotviet", "haravan", "sapo", "standard"]
TYPES: Final = get_args(HookType)

UNKNOWN, REFUSED, LEADS, STALE = "unknown_topic", "refused", "lead", "stale"
"""What deliveries are counted as, beside what became of their records."""

_RECORD_IDS = UUID("0f6a2c1e-3a5e-5f0c-9a57-6b1d2c7e4f10")
"""Namespace of the ids of records that hooks bring: the same state of the same thing always has the same id."""

_THING_IDS = UUID("3c9d7a52-2f1b-5b7e-8d64-0d8f5a1e9b33")

_encode = msgspec.json.Encoder(order="sorted").encode


class HookConsent(msgspec.Struct, frozen=True):
    """The consent behind what a hook brings. By the method `default` it never revives a purpose once withdrawn."""

    notice: str
    version: int
    purposes: tuple[str, ...]
    method: str = "default"


class HookSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is told of a hook beside its type; no secrets."""

    consent: HookConsent | None = None
    basis: str | None = None
    """`contract` or `legal_obligation`, stated for what needs no consent; the provider's id is its proof."""
    mapping: Recipe | None = None
    """Of a hook of the type `standard`, or instead of a provider's preset."""
    checkboxes: dict[str, tuple[str, ...]] = {}
    """Keys of a lead form's own consent boxes to the purposes that they agree to."""
    fields: dict[str, str] = {}
    """Names of a lead form's questions to fields of records, beyond the standard ones."""
    campaign: str | None = None


class Secrets(msgspec.Struct, frozen=True):
    """What is sealed: the signing secret, and the word that Meta and Haravan say when they subscribe."""

    secret: str
    verify_token: str = ""


class Hook(msgspec.Struct, frozen=True):
    """A registered hook, its secrets opened."""

    id: str
    source: str
    type: str
    settings: HookSettings
    secrets: Secrets

    @property
    def recipe(self) -> Recipe | None:
        """The mapping of what it brings, None for lead forms."""
        if self.settings.mapping is not None:
            return self.settings.mapping
        return preset(self.type) if self.type in PRESETS else None


def thing_id(hook: Hook, thing: Thing) -> str:
    """The id of a thing whatever its state: what two deliveries of one order have in common."""
    return str(uuid5(_THING_IDS, _key(hook, thing)))


def record_id(hook: Hook, thing: Thing) -> str:
    """The id of the record of this state of a thing."""
    return str(uuid5(_RECORD_IDS, f"{_key(hook, thing)}\n{thing.version}"))


def _key(hook: Hook, thing: Thing) -> str:
    return f"{hook.source}\n{hook.type}\n{thing.kind}\n{thing.native_id}"


def record_of(hook: Hook, thing: Thing) -> bytes:
    """The record of a thing, the same bytes whenever the same state of it is delivered again."""
    settings, record = hook.settings, dict(thing.record)
    record["id"] = record_id(hook, thing)
    record["source"] = hook.source
    proof = f"{hook.type}:{thing.kind}:{thing.native_id}"
    if "consent" not in record and settings.consent is not None:
        record["consent"] = consent_of(settings.consent, record.get("occurred_at"), proof)
    if "consent" not in record and settings.basis is not None:
        record["basis"] = {"kind": settings.basis, "proof": proof}
    if settings.campaign:
        record["payload"] = {**record.get("payload", {}), "campaign": settings.campaign}
    return _encode(record)


def consent_of(consent: HookConsent, captured_at: Any, proof: str) -> dict[str, Any]:
    """The consent that comes with a record, captured when the thing happened."""
    return {**msgspec.to_builtins(consent), "captured_at": captured_at, "proof": proof}
