"""Is a purpose in force for a person? Pure rules over what the ledger said and what was accepted here.

A purpose is in force where some act of consent was captured after the newest withdrawal, and the person did not ask
for restriction. What revives a purpose is a new act only: neither a source's default nor a proof seen before.
"""

from collections.abc import Mapping
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

    def permits(self, purpose: str, offer: Offer | None) -> bool:
        """Whether `purpose` is in force, the offered act included."""
        if purpose in self.in_force:
            return True
        return not self.restricted and offer is not None and self._revives(purpose, offer)

    def gained(self, offer: Offer) -> Own | None:
        """The own evidence with the offered act, None where it adds nothing: its purposes are in force anyway."""
        if self.restricted or self.in_force.issuperset(offer.purposes):
            return None
        gained: Own = {
            purpose: (offer.captured_at, offer.proof)
            for purpose in offer.purposes
            if purpose not in self.in_force and self._revives(purpose, offer)
        }
        return {**self.own, **gained} if gained else None

    def _revives(self, purpose: str, offer: Offer) -> bool:
        """Once withdrawn, a default or a proof that was seen before is no new act."""
        if purpose not in offer.purposes:
            return False
        withdrawn = self.ledger.get(purpose, _NEVER)[1]
        if withdrawn is None:
            return True
        act = self.own.get(purpose)
        repeated = act is not None and offer.proof is not None and offer.proof == act[1]
        return offer.captured_at > withdrawn and not repeated and offer.method != DEFAULT_METHOD


_NEVER: tuple[int | None, int | None] = (None, None)
NOBODY = Standing({}, False, {}, frozenset())
"""Of whom nothing is known."""


@lru_cache(maxsize=20_000)
def standing(ledger: bytes | None, own: bytes | None) -> Standing:
    """From what is stored of a person, None where nothing is. Remembered: who comes again comes soon."""
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
    times = {
        purpose: (
            moments.micros(state.granted_at) if state.granted_at else None,
            moments.micros(state.withdrawn_at) if state.withdrawn_at else None,
        )
        for purpose, state in purposes.items()
    }
    return _encode(LedgerState(times, restricted))
