"""Rules of the ledger, without I/O: what acts of consent and withdrawal add up to."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from kernel.contracts.consents import PurposeState
from kernel.errors import FieldError, InvalidInput
from kernel.privacy.purposes import Purpose

State = dict[str, PurposeState]
"""By purpose."""

CLOCK_SKEW = timedelta(minutes=5)
PURPOSES = tuple(purpose.value for purpose in Purpose)


@dataclass(frozen=True, slots=True)
class Act:
    """One act: giving consent to some purposes, withdrawing it, or a stated basis (a contract, a legal duty)."""

    kind: Literal["given", "withdrawn", "basis"]
    purposes: tuple[str, ...]
    captured_at: datetime
    notice: str | None = None
    notice_version: int | None = None
    method: str | None = None
    proof: str | None = None
    """SHA-256 of the proof: what it says may name the person."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person consents to now. `subject` is the id they are read as, `origins` every id merged into it."""

    subject: str
    origins: tuple[str, ...]
    in_force: frozenset[str]
    restricted: bool


def after(state: State, act: Act) -> State | None:
    """The state that `act` leads to; None where it changes nothing (the same consent again)."""
    changed: State = {}
    for purpose in act.purposes:
        before = state.get(purpose, PurposeState())
        now = _FOLD[act.kind](before, act)
        if now is not before:
            changed[purpose] = now
    return {**state, **changed} if changed else None


def _given(before: PurposeState, act: Act) -> PurposeState:
    same_notice = (before.notice, before.notice_version) == (act.notice, act.notice_version)
    if before.in_force and same_notice:
        return before
    if before.granted_at is not None and act.captured_at <= before.granted_at:
        return before
    return msgspec.structs.replace(
        before, granted_at=act.captured_at, notice=act.notice, notice_version=act.notice_version
    )


def _withdrawn(before: PurposeState, act: Act) -> PurposeState:
    if before.withdrawn_at is not None and before.withdrawn_at >= act.captured_at:
        return before
    return msgspec.structs.replace(before, withdrawn_at=act.captured_at)


def _based(before: PurposeState, act: Act) -> PurposeState:
    """A basis opens what was never withdrawn; it is no new act of the person, so it revives nothing."""
    return before if before.withdrawn_at is not None else _given(before, act)


_FOLD = {"given": _given, "withdrawn": _withdrawn, "basis": _based}


def revives(state: State, act: Act) -> bool:
    """Whether `act` would give again what was withdrawn: only a proof not seen before may do that."""
    closed = (state.get(purpose) for purpose in act.purposes)
    return act.kind == "given" and any(
        before is not None and before.withdrawn_at is not None and not before.in_force for before in closed
    )


def in_force(states: Sequence[Mapping[str, PurposeState]]) -> frozenset[str]:
    """The purposes that a person with these origins consents to: the stricter origin wins, never asked is neutral."""
    return frozenset(purpose for purpose in PURPOSES if _agreed([state.get(purpose) for state in states]))


def _agreed(origins: Sequence[PurposeState | None]) -> bool:
    asked = [origin for origin in origins if origin is not None]
    given = any(origin.in_force for origin in asked)
    return given and not any(origin.withdrawn_at and not origin.in_force for origin in asked)


def check_consent(
    purposes: Collection[str], captured_at: datetime, now: datetime, offered: Collection[str]
) -> None:
    """Raises InvalidInput where the act is of the future, for nothing, or for what the notice does not offer."""
    errors = []
    if captured_at > now + CLOCK_SKEW:
        errors.append(FieldError("/captured_at", "It lies in the future."))
    if not purposes:
        errors.append(FieldError("/purposes", "Name at least one purpose."))
    errors += [
        FieldError(f"/purposes/{number}", "The notice does not speak of this purpose.")
        for number, purpose in enumerate(purposes)
        if purpose not in offered
    ]
    if errors:
        raise InvalidInput("The consent cannot be recorded; see errors.", errors=errors)


def check_purposes(purposes: Collection[str], pointer: str = "/purposes") -> None:
    """Raises InvalidInput for a purpose that there is not."""
    unknown = [number for number, purpose in enumerate(purposes) if purpose not in PURPOSES]
    if unknown:
        errors = [FieldError(f"{pointer}/{number}", "There is no such purpose.") for number in unknown]
        raise InvalidInput("Some purposes do not exist; see errors.", errors=errors)


def text_hash(text: Mapping[str, str]) -> str:
    """SHA-256 (hex) over the notice's text as JSON with sorted keys."""
    return hashlib.sha256(msgspec.json.encode(dict(text), order="sorted")).hexdigest()


def proof_hash(proof: str | None) -> str | None:
    """SHA-256 (hex) of a proof."""
    return hashlib.sha256(proof.encode()).hexdigest() if proof else None
