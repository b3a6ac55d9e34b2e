"""Rules of the ledger, without I/O: what acts of consent and withdrawal add up to, and what is in force.

A withdrawal ends every consent captured before it, whenever that one arrives; only a newer act of the person revives
a purpose: neither a source's default, nor a stated basis, nor a proof that was seen before (DESIGN, law 2). Moments
are microseconds since 1970, so that states are small and compare exactly.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from kernel.contracts.consents import PurposeState
from kernel.errors import FieldError, InvalidInput
from kernel.privacy.purposes import Purpose

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a captured time may lie in the future (public contract)."""

DAY: Final = 24 * 3_600_000_000
"""In microseconds."""

REFRESH: Final = DAY
"""Consent that is in force and given again under the same notice is new evidence once a day (µs), not each time."""

DEFAULT_METHOD: Final = "default"
"""The method of consents that stand for a source's default."""

BASIS: Final = "basis:"
"""What the method of a stated basis begins with: a contract or a legal duty."""

HERE: Final = ZoneInfo("Asia/Ho_Chi_Minh")

PURPOSES: Final = tuple(purpose.value for purpose in Purpose)


class Act(NamedTuple):
    """Something a person did about their consent, as evidence. `proof` is a SHA-256: a proof may name the person.

    `expired` is the ledger's own: consent whose time is over, or whose notice was replaced by one that asks anew, is
    as if it had never been asked for.
    """

    subject: str
    kind: Literal["given", "withdrawn", "expired"]
    purposes: tuple[str, ...]
    captured_at: int
    recorded_at: int
    notice: str | None = None
    notice_version: int | None = None
    method: str | None = None
    proof: str | None = None
    record_id: str | None = None
    client_id: str | None = None
    expires_at: int | None = None
    guardian: str | None = None
    """Who consented for a child: `parent` or `guardian`."""
    id: str = ""
    """Given when it is kept, where its door has not told it before: most acts repeat what is known."""

    @property
    def is_default(self) -> bool:
        """No act of the person's own: it opens what was never withdrawn, and revives nothing."""
        return self.method == DEFAULT_METHOD or (self.method or "").startswith(BASIS)


class Line(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """One purpose of one origin: its newest grant and its newest withdrawal."""

    granted_at: int | None = None
    withdrawn_at: int | None = None
    notice: str | None = None
    notice_version: int | None = None
    proof: str | None = None
    default: bool = False
    expires_at: int | None = None
    guardian: bool = False

    @property
    def in_force(self) -> bool:
        """Granted after the newest withdrawal; a default only where nothing was ever withdrawn."""
        if self.granted_at is None:
            return False
        return self.withdrawn_at is None or (self.granted_at > self.withdrawn_at and not self.default)

    def stands(self, now: int) -> bool:
        """In force, and not expired by `now`."""
        return self.in_force and (self.expires_at is None or self.expires_at > now)

    @property
    def withdrawn(self) -> bool:
        """Explicitly withdrawn and not given anew since; never asked is neither."""
        return self.withdrawn_at is not None and not self.in_force


NEVER: Final = Line()

State = Mapping[str, Line]
"""By purpose."""


class Origin(NamedTuple):
    """What the ledger holds of one origin of a person."""

    state: State = {}
    restricted: bool = False
    merged_at: int | None = None
    """When it became part of the person; None for the one that the person is read as."""
    of_age_at: int | None = None
    """When a child turns 16; None for whoever is not known to be one."""


NoticeKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person consents to now. `subject` is the id they are read as, `origins` every id merged into it."""

    subject: str
    origins: tuple[str, ...]
    in_force: frozenset[str]
    restricted: bool
    unguarded: frozenset[str] = frozenset()
    """Purposes that a child consented to alone: they open nothing."""
    notices: Mapping[str, frozenset[NoticeKey]] = field(default_factory=dict)
    """By purpose in force: the notices that it was agreed to under."""


def fold(state: State, act: Act) -> State:
    """`state` with `act`; the very same object where it changes nothing."""
    changed: dict[str, Line] | None = None
    is_given, is_default = act.kind == "given", act.is_default
    before: Line | None = None
    after = NEVER
    for purpose in act.purposes:
        line = state.get(purpose, NEVER)
        if line != before:  # most purposes were given together, and stand alike
            before = line
            after = _granted(line, act, is_default) if is_given else _ended(line, act)
        if after is not before:
            changed = dict(state) if changed is None else changed
            changed[purpose] = after
    return state if changed is None else changed


def _granted(before: Line, act: Act, is_default: bool) -> Line:
    if before.granted_at is None:
        return _line(before, act, is_default)
    if act.proof is not None and act.proof == before.proof:
        return before  # the same proof is the same act, however late it claims to be
    recent = act.captured_at <= before.granted_at + REFRESH
    same_notice = before.notice == act.notice and before.notice_version == act.notice_version
    says_more = (before.default and not is_default) or (act.guardian is not None and not before.guardian)
    if recent and same_notice and not says_more and before.in_force:
        return before
    held = (not before.default, before.granted_at, before.notice_version or 0, before.notice or "")
    offered = (not is_default, act.captured_at, act.notice_version or 0, act.notice or "")
    return _line(before, act, is_default) if offered > held else before


def _line(before: Line, act: Act, is_default: bool) -> Line:
    guarded = act.guardian is not None or (before.guardian and before.in_force)  # a parent's word stands
    return Line(
        act.captured_at, before.withdrawn_at, act.notice, act.notice_version, act.proof, is_default,
        act.expires_at, guarded,
    )  # fmt: skip


def _ended(before: Line, act: Act) -> Line:
    return _withdrawn(before, act) if act.kind == "withdrawn" else _expired(before, act)


def _expired(before: Line, act: Act) -> Line:
    """As never asked for: by a notice that asks anew where the act names one, else by its time."""
    if act.notice is not None:
        over = before.notice == act.notice and (before.notice_version or 0) < (act.notice_version or 0)
    else:
        over = before.expires_at is not None and before.expires_at <= act.captured_at
    if before.granted_at is None or not over:
        return before
    return msgspec.structs.replace(before, granted_at=None, expires_at=None, guardian=False)


def _withdrawn(before: Line, act: Act) -> Line:
    if before.withdrawn_at is not None and before.withdrawn_at >= act.captured_at:
        return before
    return msgspec.structs.replace(before, withdrawn_at=act.captured_at)


def would_revive(state: State, act: Act) -> bool:
    """Whether a withdrawn purpose would come back by this act: then its proof must be one never seen."""
    if act.kind != "given" or act.proof is None:
        return False
    return any(
        line.withdrawn and _granted(line, act, act.is_default).in_force
        for line in (state.get(purpose, NEVER) for purpose in act.purposes)
    )


def withdrawal_moment(states: Collection[State], purposes: Collection[str], now: int) -> int:
    """When a withdrawal counts: now, or at the newest grant that the clock of another machine set after now."""
    grants = (state[purpose].granted_at or 0 for state in states for purpose in purposes if purpose in state)
    return max(now, *grants, 0)


def in_force(origins: Sequence[Origin], now: int = 0) -> frozenset[str]:
    """The purposes that a person of these origins consents to; after a merge the stricter wins.

    An explicit withdrawal in any origin denies, unless an act captured after both it and the merge gave the purpose
    anew; never asked is neutral. Restriction is looked at apart.
    """
    return frozenset(purpose for purpose in PURPOSES if _agreed(origins, purpose, now))


def _agreed(origins: Sequence[Origin], purpose: str, now: int) -> bool:
    lines = [origin.state[purpose] for origin in origins if purpose in origin.state]
    if not any(line.stands(now) for line in lines):
        return False
    merged_at = max(origin.merged_at or 0 for origin in origins)
    newest = max((line.granted_at or 0 for line in lines if line.stands(now) and not line.default), default=0)
    return all(newest > max(line.withdrawn_at or 0, merged_at) for line in lines if line.withdrawn)


def standing_on(subject: str, origins: Mapping[str, Origin], now: int) -> Standing:
    """What a person of these origins consents to at `now`."""
    known = list(origins.values())
    agreed = in_force(known, now)
    is_child = any(origin.of_age_at is not None and origin.of_age_at > now for origin in known)
    lines = {
        purpose: [line for one in known if (line := one.state.get(purpose)) and line.stands(now)]
        for purpose in agreed
    }
    alone = {purpose for purpose in agreed if not all(line.guardian for line in lines[purpose])}
    return Standing(
        subject=subject,
        origins=tuple(origins),
        in_force=agreed,
        restricted=any(origin.restricted for origin in known),
        unguarded=frozenset(alone) if is_child else frozenset(),
        notices={
            purpose: frozenset((line.notice, line.notice_version or 0) for line in told if line.notice)
            for purpose, told in lines.items()
        },
    )


def next_expiry(state: State) -> int | None:
    """When the next consent in `state` runs out."""
    return min(
        (line.expires_at for line in state.values() if line.expires_at and line.in_force), default=None
    )


def is_news(before: State, after: State) -> bool:
    """Whether `after`, which `before` became, differs in what other services act on; the rest is kept, and no news."""
    for purpose, line in after.items():
        old = before.get(purpose)
        if old is None or old.in_force != line.in_force or old.withdrawn_at != line.withdrawn_at:
            return True
    return False


def published(state: State) -> dict[str, PurposeState]:
    """The state as events carry it; a default that was withdrawn is no grant any more."""
    told: dict[str, PurposeState] = {}
    before: Line | None = None
    for purpose, line in state.items():
        if line != before:
            before, shown = line, _shown(line)
        told[purpose] = shown
    return told


def _shown(line: Line) -> PurposeState:
    return PurposeState(
        granted_at=moment_or_none(None if line.default and line.withdrawn else line.granted_at),
        withdrawn_at=moment_or_none(line.withdrawn_at),
        notice=line.notice,
        notice_version=line.notice_version,
    )


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


def check_guardian(
    purposes: Collection[str], turns: datetime, captured_at: datetime, *, child_agreed: bool
) -> None:
    """Raises InvalidInput where somebody of age needs no guardian, or a child of 7 did not agree to disclosure too."""
    if turns <= captured_at:
        raise InvalidInput(errors=[FieldError("/guardian/of_age_at", "The person is of age: they consent.")])
    is_seven = turns - timedelta(days=9 * 365.25) <= captured_at
    if "sharing" in purposes and is_seven and not child_agreed:
        error = FieldError("/guardian/child_agreed", "A child of 7 or more has to agree to disclosure too.")
        raise InvalidInput(errors=[error])


def check_purposes(purposes: Collection[str], pointer: str = "/purposes") -> None:
    """Raises InvalidInput for a purpose that there is not."""
    unknown = [number for number, purpose in enumerate(purposes) if purpose not in PURPOSES]
    if unknown:
        errors = [FieldError(f"{pointer}/{number}", "There is no such purpose.") for number in unknown]
        raise InvalidInput("Some purposes do not exist; see errors.", errors=errors)


def capped(captured_at: datetime, recorded_at: int) -> int:
    """An act cannot be newer than its record: else one of a fast clock would outlive a withdrawal after it."""
    return min(micros(captured_at), recorded_at)


def text_hash(text: Mapping[str, str], **more: object) -> str:
    """SHA-256 (hex) over the notice's text as JSON with sorted keys and no spaces (RFC 8785).

    Where a notice names its controller or recipients, or how long consent lasts, these are covered too, under their
    names beside the languages.
    """
    told = {**text, **{name: value for name, value in more.items() if value is not None}}
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


def proof_hash(proof: str | None) -> str | None:
    """SHA-256 (hex) of a proof."""
    return hashlib.sha256(proof.encode()).hexdigest() if proof else None


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(micros_: int) -> datetime:
    """The moment of so many microseconds, in UTC."""
    return _EPOCH + timedelta(microseconds=micros_)


def moment_or_none(micros_: int | None) -> datetime | None:
    """As `moment_of`; None for None."""
    return None if micros_ is None else moment_of(micros_)
