"""The kinds of messages: what each says, and what a client must hold to be told."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from kernel.contracts.consents import ConsentChanged
from kernel.contracts.event import Event
from kernel.contracts.personas import PersonaPublished
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit

KINDS: Final[dict[str, tuple[str | None, str]]] = {
    "consent.changed": (
        "consents:read",
        "What a person's consent is now, for the purposes that the client holds.",
    ),
    "subject.merged": ("subjects:read", "An id is read as another from now on."),
    "subject.split": ("subjects:read", "An id stands for itself again."),
    "subject.erased": ("subjects:read", "A person was erased: delete what you hold under this id."),
    "persona.published": ("personas:read", "A new version of a persona."),
    "webhook.test": (None, "A test: nothing happened."),
}
"""By kind: the scope that it takes, and what it means."""

Outer = Callable[[str], str]
"""An id as the client may see it."""


class Told(NamedTuple):
    """What an event says to a client: `key` is the same however often the event comes."""

    kind: str
    key: str
    data: dict[str, Any]
    subject: str | None = None


def told_by(event: Event, purposes: Collection[str], outer: Outer) -> Told | None:
    """What a client that holds `purposes` is told of an event; None where it is told nothing.

    Of consent it is told only for its purposes, and only where the person was ever asked for one of them: so that it
    learns of nobody who had nothing to do with it.
    """
    subject = event.subject
    if isinstance(event, PersonaPublished):
        return Told("persona.published", event.id, {"persona_id": event.persona_id})
    if subject is None:
        return None
    if isinstance(event, ConsentChanged):
        held = {purpose: state for purpose, state in _states(event).items() if purpose in purposes}
        data = {"subject_id": outer(subject), "purposes": held}
        return Told("consent.changed", event.id, data, subject) if held else None
    if isinstance(event, SubjectErased):  # the message outlives what it tells of
        return Told("subject.erased", event.id, {"subject_id": outer(subject)})
    if isinstance(event, SubjectMerged | SubjectSplit):
        return _joined(event, subject, outer)
    return None


def _states(event: ConsentChanged) -> dict[str, str]:
    if event.restricted:
        return dict.fromkeys(event.purposes, "restricted")
    return {
        purpose: "granted" if state.in_force else "withdrawn" for purpose, state in event.purposes.items()
    }


def _joined(event: SubjectMerged | SubjectSplit, subject: str, outer: Outer) -> Told:
    if isinstance(event, SubjectMerged):
        return Told(
            "subject.merged", event.id, {"subject_id": outer(subject), "into": outer(event.into)}, subject
        )
    return Told("subject.split", event.id, {"subject_id": outer(subject)}, subject)


def message(kind: str, data: Mapping[str, Any], at: datetime | None = None) -> bytes:
    """A message's body, as Standard Webhooks advises it."""
    moment = (at or datetime.now(UTC)).isoformat()
    return msgspec.json.encode({"type": kind, "timestamp": moment, "data": data})


SAMPLE_ID: Final = "01900000-0000-7000-8000-000000000000"


def sample(kind: str) -> dict[str, Any]:
    """Invented data of a kind, by which a receiver is tried; it is marked as a test."""
    data: dict[str, Any] = {"test": True}
    if kind.startswith("subject.") or kind.startswith("consent."):
        data["subject_id"] = SAMPLE_ID
    if kind == "consent.changed":
        data["purposes"] = {"marketing": "withdrawn"}
    if kind == "subject.merged":
        data["into"] = SAMPLE_ID
    if kind == "persona.published":
        data["persona_id"] = SAMPLE_ID
    return data
