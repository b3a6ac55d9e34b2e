"""From a tracking message to a record of our own API.

Everything the message says goes into the record; what the record's kind does not declare (traits and context as they
were written) is sealed with it and known to nobody else.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import uuid_utils

from kernel.ids import canonical_id, new_id
from services.ingest.sources.domain import DefaultConsent
from services.ingest.tracking.domain.agreement import agreement_of
from services.ingest.tracking.domain.message import (
    GROUP,
    IDENTIFY,
    PAGE,
    SCREEN,
    Context,
    Message,
    context_of,
    object_of,
)
from services.ingest.tracking.domain.order import is_order, order_of
from services.ingest.tracking.domain.person import attributes_of, identifiers_of, text_of
from services.ingest.tracking.domain.times import corrected, moment_in, skew_of

MESSAGES: Final = uuid_utils.UUID(str(UUID("6f0d0d3e-4f3a-5c0e-9d53-0c1c6f1b7a10")))
"""The name space of record ids that are made from message ids."""

_APPS: Final = ("ios", "android", "swift", "kotlin", "flutter", "react-native", "unity", "xamarin")
_encode = msgspec.json.Encoder().encode
_UNTOLD: Final = msgspec.Raw()


class Visit(NamedTuple):
    """The request around a message."""

    received: datetime
    sent_at: str | None = None
    context: msgspec.Raw = _UNTOLD
    """The batch's, for messages without one."""
    default: DefaultConsent | None = None
    objects: bool = False
    """The browser says Sec-GPC: 1."""
    address: str | None = None
    """Where a browser asks from; None for servers, whose address is not the visitor's."""
    user_agent: str | None = None


class Mapped(NamedTuple):
    """A record, and what makes a second try of the same message the same: all but times that are ours and retries'."""

    record: bytes
    essence: bytes


def mapped(message: Message, visit: Visit) -> Mapped:
    """The record of a message that lacks nothing; an alias is none."""
    raw = message.context if _is_told(message.context) else visit.context
    context = context_of(raw)
    said = moment_in(message.original_timestamp) or moment_in(message.timestamp)
    skew = skew_of(message.sent_at or visit.sent_at, visit.received)
    occurred = corrected(said, skew, visit.received) if said else visit.received
    user, anonymous = text_of(message.user_id), text_of(message.anonymous_id)
    objects = not user and (visit.objects or _says_gpc(context))
    consent = agreement_of(
        context.consent,
        visit.default,
        user or anonymous,
        objects=objects,
        occurred=occurred,
        skew=skew,
        received=visit.received,
    )
    traits = _traits(message, context)
    address = _address(context, visit, consent, objects=objects)
    subject: dict[str, Any] = {
        "identifiers": identifiers_of(user, anonymous, traits, context.device, address)
    }
    if attributes := _attributes(message, traits):
        subject["attributes"] = attributes
    kind, payload = _payload(message)
    if _is_told(raw):
        payload["context"] = _without_address(raw) if objects else raw
    if visit.user_agent and not context.user_agent:
        payload["user_agent"] = visit.user_agent
    record = {
        "id": record_id(message.message_id),
        "channel": _channel(message, context),
        "kind": kind,
        "occurred_at": occurred,
        "subject": subject,
        "payload": payload,
    }
    if consent is not None:
        record["consent"] = consent
    return Mapped(_encode(record), _essence(message, raw))


def unusable(raw: msgspec.Raw) -> Mapped:
    """A message of a batch that is no message, as a record that waits in quarantine and is found by its ids."""
    told = object_of(raw)
    record = {
        "id": record_id(text_of(told.get("messageId"))),
        "channel": "web",
        "kind": "tracking",
        "subject": {
            "identifiers": identifiers_of(
                text_of(told.get("userId")), text_of(told.get("anonymousId")), {}, None, None
            )
        },
        "payload": raw,
    }
    return Mapped(_encode(record), bytes(raw))


def record_id(message_id: str | None) -> str:
    """A message's id as a UUID: itself, or one made from it, so that a retry is a duplicate."""
    if not message_id:
        return new_id()
    return canonical_id(message_id) or str(uuid_utils.uuid5(MESSAGES, message_id))


def _payload(message: Message) -> tuple[str, dict[str, Any]]:
    if message.type == IDENTIFY:
        return "profile", _told(traits=message.traits)
    if message.type == GROUP:
        return "profile", {"group_id": text_of(message.group_id), **_told(traits=message.traits)}
    if message.type in (PAGE, SCREEN):
        named = {"name": message.name, "category": message.category}
        missing = {key: value for key, value in named.items() if value}
        properties = missing | object_of(message.properties) if missing else message.properties
        return "interaction", {"name": message.type, **_told(properties=properties)}
    if is_order(message.event):
        order = order_of(object_of(message.properties))
        return "transaction", {**order, **_told(properties=message.properties)}
    return "interaction", {"name": message.event, **_told(properties=message.properties)}


def _told(**given: Any) -> dict[str, Any]:
    """Those of the members that the message has; a null says nothing."""
    return {
        name: value for name, value in given.items() if not isinstance(value, msgspec.Raw) or _is_told(value)
    }


def _is_told(raw: msgspec.Raw) -> bool:
    view = memoryview(raw)
    return view.nbytes > 0 and bytes(view[:4]) != b"null"


def _traits(message: Message, context: Context) -> dict[str, Any]:
    """What is said of the person: a group's traits are the company's."""
    told = context.traits if isinstance(context.traits, dict) else {}
    if message.type == GROUP or not _is_told(message.traits):
        return told
    own = object_of(message.traits)
    return {**told, **own} if told else own


def _attributes(message: Message, traits: dict[str, Any]) -> dict[str, Any]:
    found = attributes_of(traits)
    if message.type == GROUP and (company := text_of(object_of(message.traits).get("name"))):
        found["workplace"] = company
    return found


def _channel(message: Message, context: Context) -> str:
    library = context.library.get("name") if isinstance(context.library, dict) else None
    name = library.lower() if isinstance(library, str) else ""
    on_phone = message.type == SCREEN or message.channel == "mobile" or any(app in name for app in _APPS)
    return "app" if on_phone else "web"


def _says_gpc(context: Context) -> bool:
    return context.gpc is True or context.global_privacy_control is True


def _address(context: Context, visit: Visit, consent: dict[str, Any] | None, *, objects: bool) -> str | None:
    """The visitor's IP address: as told, or, where analytics was agreed to, as we see it. None for who objects."""
    if objects:
        return None
    told = text_of(context.ip)
    if told and told != "0.0.0.0":  # noqa: S104 - what SDKs write to say that no address is to be kept
        return told
    seen = not told and consent is not None and "analytics" in consent["purposes"]
    return visit.address if seen else None


def _without_address(raw: msgspec.Raw) -> dict[str, Any]:
    return {name: value for name, value in object_of(raw).items() if name != "ip"}


def _essence(message: Message, context: msgspec.Raw) -> bytes:
    told = (
        message.type, message.message_id, message.user_id, message.anonymous_id, message.group_id, message.event,
        message.name, message.category, message.original_timestamp or message.timestamp,
    )  # fmt: skip
    parts = (_encode(told), bytes(message.properties), bytes(message.traits), bytes(context))
    return b"\0".join(parts)
