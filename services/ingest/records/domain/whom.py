"""Whom a record is about: its `subject`, read once for as long as the same bytes come again.

Who buys, clicks or answers again sends the same block again. What it comes to (pointers, hashes, coarse traits) names
nobody, so that it may be remembered under a keyed hash of the block; names and numbers are not.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import msgspec

from kernel.phone import SETTLED, normalise
from services.ingest.identity.domain import Wanted
from services.ingest.identity.indexing import Indexer, plain_name, text_of
from services.ingest.identity.pointers import CODES, LAST_REVEALED, Pointer, Pointers, point, social_kind
from services.ingest.quarantine.domain import Reason
from services.ingest.records.domain.normal.dates import DEFAULT, IMPLAUSIBLE, UNREADABLE, read_birth
from services.ingest.records.domain.normal.names import CONTACT, PLACEHOLDER, read_name
from services.ingest.records.domain.texts import Redactor
from services.ingest.records.domain.traits import traits_of
from services.ingest.records.domain.trust import weigh_subject
from services.ingest.records.domain.wire import Attributes, Identifiers, Record, Subject

_decode = msgspec.json.Decoder(Subject).decode
_set_fields = msgspec.to_builtins
_encode = msgspec.json.Encoder().encode


class Whom(msgspec.Struct, frozen=True, gc=False):
    """What the subject block of a record comes to."""

    wanted: Wanted = Wanted((), None)
    """Pointers that lead to a person, who it is on a shared phone, and all that is said of them."""
    others: Sequence[Pointer] = ()
    """IP addresses: personal data, but shared by strangers."""
    notes: Sequence[Reason] = ()
    """Identifiers that identify nobody: reported, but the record stands while another one is good."""
    indexes: dict[str, tuple[str, ...]] = {}
    """The blind indexes by kind, as events carry them."""
    traits: dict[str, Any] = {}
    """Linkable attributes, as events carry them."""
    trust: tuple[str, ...] = ()
    """Reasons for or against trusting what it says (see `trust`)."""


NOBODY: Final = Whom()
VAGUE: Final = frozenset({DEFAULT, IMPLAUSIBLE, UNREADABLE})
NO_NAME: Final = frozenset({CONTACT, PLACEHOLDER})


@dataclass(slots=True)
class SubjectReader:
    """Reads subject blocks, remembering what the last `limit` different ones came to."""

    indexer: Indexer
    limit: int
    _read: OrderedDict[bytes, Whom] = field(default_factory=OrderedDict)

    def read(self, block: msgspec.Raw, captured_on: date) -> Whom:
        """What `block` comes to. Raises msgspec's errors where it is no subject.

        Only what was captured before phone numbers settled is read anew each time: its meaning depends on the day.
        """
        if captured_on < SETTLED:
            return whom_of(_decode(block), self.indexer, captured_on)
        key = self.indexer.content(block)
        known = self._read.get(key)
        if known is None:
            known = self._read[key] = whom_of(_decode(block), self.indexer, captured_on)
            if len(self._read) > self.limit:
                self._read.popitem(last=False)
        else:
            self._read.move_to_end(key)
        return known


def subject_of(record: Record) -> Subject | None:
    """The subject of a stored record, None where it has none."""
    return _decode(record.block) if record.block else None


class _Named(msgspec.Struct, gc=False):
    full_name: str | None = None


class _Naming(msgspec.Struct, gc=False):
    attributes: _Named | None = None


_naming = msgspec.json.Decoder(_Naming).decode


def name_in(block: msgspec.Raw | None) -> str | None:
    """The full name in a subject block that was read before."""
    attributes = _naming(block).attributes if block else None
    return attributes.full_name if attributes else None


class _Phone(msgspec.Struct, gc=False):
    phone: str | None = None


class _Reached(msgspec.Struct, gc=False):
    identifiers: _Phone | None = None


_reached = msgspec.json.Decoder(_Reached).decode


def phone_in(block: msgspec.Raw | None, captured_on: date) -> str | None:
    """The phone (E.164) in a subject block that was read before."""
    identifiers = _reached(block).identifiers if block else None
    written = identifiers.phone if identifiers else None
    return normalise(written, captured_on=captured_on) if written else None


def whom_of(subject: Subject, indexer: Indexer, captured_on: date) -> Whom:
    """What a subject comes to on the day on which it was captured."""
    pointers = point(indexer, pairs_of(subject.identifiers), captured_on)
    attributes = subject.attributes
    name = plain_name(attributes.full_name) if attributes and attributes.full_name else None
    told = b"".join([index for code, _, index in pointers.joining if code <= LAST_REVEALED])
    if attributes is not None:
        told += _encode(attributes)
    person = indexer.person(pointers.national_id, name)
    kinds = [kind for _, kind, _ in pointers.joining]
    trust = weigh_subject(subject.identifiers, attributes, kinds, bool(pointers.refused), name, captured_on)
    return Whom(
        Wanted(
            pointers.joining,
            person,
            indexer.content(told) if told else None,
            _birth(attributes, indexer, captured_on) if attributes and name else None,
        ),
        pointers.others,
        [_unusable(kind, why) for kind, why in pointers.refused],
        _indexes(pointers),
        traits_of(attributes, Redactor(attributes.full_name, indexer), captured_on) if attributes else {},
        trust,
    )


def _birth(attributes: Attributes, indexer: Indexer, captured_on: date) -> bytes | None:
    """When somebody was born and what they are called, hashed; None where either tells nothing certain."""
    if not attributes.date_of_birth or not attributes.full_name:
        return None
    born, named = read_birth(attributes.date_of_birth, captured_on), read_name(attributes.full_name)
    if len(born.value) != 10 or VAGUE.intersection(born.doubts) or NO_NAME.intersection(named.doubts):
        return None
    return indexer.birth(born.value, plain_name(named.value))


def seen_of(given: Iterable[tuple[str, str]], indexer: Indexer) -> Whom:
    """What can be told of whom an unreadable record is about: enough to find it again."""
    pointers = point(indexer, known_pairs(given))
    return Whom(Wanted(pointers.joining, None), pointers.others)


def _indexes(pointers: Pointers) -> dict[str, tuple[str, ...]]:
    indexes: dict[str, tuple[str, ...]] = {}
    for _, kind, index in (*pointers.joining, *pointers.others):
        indexes[kind] = (
            *indexes.get(kind, ()),
            text_of(index),
        )  # social.other is the one kind that may come twice
    return indexes


def _unusable(kind: str, why: str) -> Reason:
    pointer = "/subject/identifiers/" + kind.replace(".", "/")
    return Reason("identifier-invalid", pointer, f"Not usable: {why}.")


def pairs_of(identifiers: Identifiers) -> list[tuple[str, str]]:
    """Identifiers as (kind, value), `social` spread to `social.<platform>`."""
    pairs = []
    for kind, value in _set_fields(identifiers).items():
        if kind == "social":
            pairs += [(social_kind(platform), account) for platform, account in value.items()]
        elif value:
            pairs.append((kind, value))
    return pairs


def known_pairs(given: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those pairs whose kind is an identifier's."""
    return [
        (social_kind(kind.removeprefix("social.")) if kind.startswith("social.") else kind, value)
        for kind, value in given
        if kind.startswith("social.") or (kind in CODES and kind != "social")
    ]
