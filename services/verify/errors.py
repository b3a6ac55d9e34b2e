"""Refusals of verify's own. None says whether a challenge or a person exists unless its door must say so."""

from collections.abc import Mapping

from kernel.errors import Fault, TooMany


class VerificationFailed(Fault):
    """The code is wrong, or the verification is unknown, used, expired or another client's: always the same body."""

    status, code, title = 422, "verification-failed", "The code does not verify"


class VerificationExhausted(TooMany):
    """All checks of this code, or of its number for today, are used up; a new verification is needed."""

    status, code, title = 429, "verification-exhausted", "No checks are left"


class SendingCapped(TooMany):
    """A limit on sending codes is reached (number, client or spending); `Retry-After` says when to come back."""

    status, code, title = 429, "sending-capped", "No more codes are sent for now"

    def __init__(self, detail: str = "", *, cap: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers=headers)
        self.cap = cap
        """Which one (see the guard's rules)."""


class SendingBlocked(Fault):
    """The fraud guard forbids this sending; `errors` name the rules that hold, with what they saw."""

    status, code, title = 403, "sending-blocked", "The fraud guard forbids this sending"


class CallbackRefused(Fault):
    """Whoever knocks at the open door is not the carrier that it claims to be."""

    status, code, title = 401, "callback-refused", "The callback is not signed as it must be"


class ResendTooEarly(TooMany):
    """The code was sent a moment ago; `Retry-After` says when it may be sent again."""

    status, code, title = 429, "resend-too-early", "It is too early to send the code again"


class ContactRefused(Fault):
    """Whoever holds the number or address said that they want to hear nothing unasked, or heard from us lately."""

    status, code, title = 403, "do-not-contact", "They are not to be contacted"

    def __init__(self, detail: str = "", *, reason: str = "do-not-contact") -> None:
        super().__init__(detail)
        self.reason = reason
        """What a campaign's result file says."""
