"""Refusals of verify's own. None says whether a challenge or a person exists unless its door must say so."""

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


class ResendTooEarly(TooMany):
    """The code was sent a moment ago; `Retry-After` says when it may be sent again."""

    status, code, title = 429, "resend-too-early", "It is too early to send the code again"
