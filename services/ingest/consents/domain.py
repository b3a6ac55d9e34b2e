"""Is a purpose in force for a person? Pure rules over what the ledger said and what was accepted here.

A purpose is in force where some act of consent was captured after the newest withdrawal, and the person did not ask
for restriction. What revives a purpose is a new act only: neither a source's default nor a proof seen before.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

import msgspec

from kernel.contracts.consents import PurposeState
from services.ingest import moments

DEFAULT_METHOD = "default"
"""The method of consents that stand for a source's default."""

Own = dict[str, tuple[int, str | None]]
"""Purpose to the act accepted here: when it was captured (µs), and the SHA-256 of its proof."""

LedgerPurposes = dict[str, tuple[int | None, int | None]]
"""Purpose to when it was last granted and last withdrawn (µs)."""


class LedgerState(msgspec.Struct, frozen=True, array_like=True):
    """A person's whole state in the consent ledger."""

    purposes: LedgerPurposes
    restricted: bool = False


class Offer(msgspec.Struct, frozen=True, gc=False):
    """The act of consent that a record brings; its purposes are those that the notice names."""

    purposes: tuple[str, ...]
    captured_at: int
    proof: str | None
    method: str


_encode = msgspec.json.Encoder().encode
_decode_own = msgspec.json.Decoder(Own).decode
_decode_ledger = msgspec.json.Decoder(LedgerState).decode


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What is known of a person's consents."""

    ledger: LedgerPurposes
    restricted: bool
    own: Own
    in_force: frozenset[str]
    kin: tuple[Own, ...] = ()
    """The evidence of others who are read as the same person."""
    alone: "Standing | None" = None
    """Where it was merged: how it stands by itself. That is what evidence is kept by, so that a split restores it."""

    def permits(self, purpose: str, offer: Offer | None) -> bool:
        """Whether `purpose` is in force, the offered act included."""
        if purpose in self.in_force:
            return True
        return not self.restricted and offer is not None and self._revives(purpose, offer)

    def adds(self, purposes: Iterable[str]) -> bool:
        """Whether an act for these purposes may add something to what is in force."""
        stands = self.in_force if self.alone is None else self.in_force & self.alone.in_force
        return not stands.issuperset(purposes)

    def gained(self, offer: Offer) -> Own | None:
        """The own evidence with the offered act, None where it adds nothing: its purposes are in force anyway."""
        if self.alone is not None:
            return self.alone.gained(offer)
        if self.restricted or self.in_force.issuperset(offer.purposes):
            return None
        gained: Own = {
            purpose: (offer.captured_at, offer.proof)
            for purpose in offer.purposes
            if purpose not in self.in_force and self._revives(purpose, offer)
        }
        return {**self.own, **gained} if gained else None

    def withdrew(self, purpose: str) -> bool:
        """Whether the purpose was withdrawn and not given anew since."""
        return self.ledger.get(purpose, _NEVER)[1] is not None and purpose not in self.in_force

    def _revives(self, purpose: str, offer: Offer) -> bool:
        """Once withdrawn, a default or a proof that was seen before is no new act."""
        if purpose not in offer.purposes:
            return False
        withdrawn = self.ledger.get(purpose, _NEVER)[1]
        if withdrawn is None:
            return True
        acts = (evidence.get(purpose) for evidence in (self.own, *self.kin))
        repeated = offer.proof is not None and any(act is not None and offer.proof == act[1] for act in acts)
        return offer.captured_at > withdrawn and not repeated and offer.method != DEFAULT_METHOD


_NEVER: tuple[int | None, int | None] = (None, None)
NOBODY = Standing({}, False, {}, frozenset())
"""Of whom nothing is known."""


Kept = tuple[bytes | None, bytes | None]
"""What is stored of one subject: the ledger's state and its own evidence."""


@lru_cache(maxsize=20_000)
def standing(ledger: bytes | None, own: bytes | None, kin: tuple[Kept, ...] = ()) -> Standing:
    """From what is stored of a person, None where nothing is. Remembered: who comes again comes soon.

    Of `kin`, who are read as the same person, the stricter consent wins: what one of them withdrew or restricted is
    denied to all, what one of them gave and none withdrew is in force; never asked is neutral.
    """
    mine = _alone(ledger, own)
    if not kin:
        return mine
    others = [_alone(*one) for one in kin]
    everybody = [mine, *others]
    restricted = any(one.restricted for one in everybody)
    told = {purpose for one in everybody for purpose in one.ledger}
    times = {purpose: _latest(one.ledger.get(purpose, _NEVER) for one in everybody) for purpose in told}
    denied = {purpose for one in everybody for purpose in one.ledger if one.withdrew(purpose)}
    given = frozenset().union(*(one.in_force for one in everybody))
    in_force = frozenset() if restricted else given - denied
    return Standing(times, restricted, mine.own, in_force, tuple(one.own for one in others), mine)


def _latest(times: Iterable[tuple[int | None, int | None]]) -> tuple[int | None, int | None]:
    granted, withdrawn = zip(*times, strict=True)
    return _newest(granted), _newest(withdrawn)


def _newest(times: Iterable[int | None]) -> int | None:
    return max((at for at in times if at is not None), default=None)


def _alone(ledger: bytes | None, own: bytes | None) -> Standing:
    mine = _decode_own(own) if own else {}
    if ledger is None:
        return Standing({}, False, mine, frozenset(mine))
    state = _decode_ledger(ledger)
    purposes, restricted = state.purposes, state.restricted
    stand = () if restricted else {*purposes, *mine}
    in_force = frozenset(
        purpose for purpose in stand if _stands(purposes.get(purpose, _NEVER), mine.get(purpose))
    )
    return Standing(purposes, restricted, mine, in_force)


def _stands(ledger: tuple[int | None, int | None], act: tuple[int, str | None] | None) -> bool:
    granted, withdrawn = ledger
    if withdrawn is None:
        return granted is not None or act is not None
    return (granted is not None and granted > withdrawn) or (act is not None and act[0] > withdrawn)


def encode_own(own: Own) -> bytes:
    """As `subject.own` stores it."""
    return _encode(own)


def encode_ledger(purposes: Mapping[str, PurposeState], *, restricted: bool) -> bytes:
    """As `subject.ledger` stores it."""
    times: LedgerPurposes = {}
    before: PurposeState | None = None
    for purpose, state in purposes.items():
        if state != before:  # most purposes were given together
            before, told = state, (_micros(state.granted_at), _micros(state.withdrawn_at))
        times[purpose] = told
    return _encode(LedgerState(times, restricted))


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else moments.micros(moment)
