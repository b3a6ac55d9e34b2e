"""Faults: what every refusal is made of. A door turns one into an RFC 9457 problem, the CLI into a sentence."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

PROBLEM_BASE = "https://chandung.dev/problems/"


class FieldError(NamedTuple):
    """One thing wrong with an input: a JSON pointer (RFC 6901) to it and a sentence that says what."""

    pointer: str
    detail: str


class Fault(Exception):
    """A refusal with a stable `code`; subclasses are named after the fact and set `status`, `code`, `title`.

    `detail` never holds personal data: it is logged and sent.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members: dict[str, str] = {}
        """Further members of the problem (RFC 9457, 3.2), for readers that know a refusal by other names."""


class MalformedInput(Fault):
    """The body is not JSON, or not of the outline that the route documents."""

    status, code, title = 400, "malformed-input", "The request is malformed"


class InvalidInput(Fault):
    """The body is well formed but breaks a documented rule; `errors` point at the places."""

    status, code, title = 422, "invalid-input", "The request breaks a rule"


class TooLarge(Fault):
    """The body, after inflating, or a count in it is over the documented limit."""

    status, code, title = 413, "too-large", "The request is too large"


class Unauthenticated(Fault):
    """No credentials, or ones that do not hold (unknown, wrong, expired, revoked)."""

    status, code, title = 401, "unauthenticated", "Who is asking is not established"


class ScopeMissing(Fault):
    """The token is good but lacks the scope of this door."""

    status, code, title = 403, "scope-missing", "The client lacks the scope"


class PurposeMissing(Fault):
    """A door to personal data was asked without a purpose."""

    status, code, title = 400, "purpose-missing", "A purpose is required"


class PurposeNotAllowed(Fault):
    """The client may not declare this purpose."""

    status, code, title = 403, "purpose-not-allowed", "The client may not use this purpose"


class ConsentMissing(Fault):
    """The person has not consented to this purpose, withdrew it, or restricted the use of their data."""

    status, code, title = 403, "consent-missing", "The person has not consented to this purpose"


class ConsentUnknown(Fault):
    """The view of consents is too old to tell: a failed answer is a denial, and trying again is safe."""

    status, code, title = 503, "consent-unknown", "Whether the person consents cannot be told now"


class NotFound(Fault):
    """Nothing by that id, or nothing that this client may know of."""

    status, code, title = 404, "not-found", "There is no such thing"


class Gone(Fault):
    """The person asked to be erased; only the fact of the erasure is kept."""

    status, code, title = 410, "erased", "The person has been erased"


class Conflict(Fault):
    """The state of the thing does not allow this."""

    status, code, title = 409, "conflict", "The state does not allow this"


class TooMany(Fault):
    """A quota or limit was reached; `Retry-After` says when to come back."""

    status, code, title = 429, "too-many-requests", "Too many requests"


class Unavailable(Fault):
    """A part that is needed does not answer now; nothing was changed, and trying again is safe."""

    status, code, title = 503, "unavailable", "A part that is needed does not answer"


class IdempotencyInProgress(Fault):
    """A request under this key is being carried out at this moment; its answer comes to whoever asks again."""

    status, code, title = 409, "idempotency-in-progress", "A request under this key is still running"


class IdempotencyAnswerLost(Fault):
    """The request under this key was carried out, and the process died before its answer was kept."""

    status, code, title = (
        409,
        "idempotency-answer-lost",
        "The request was carried out, and its answer is lost",
    )


class IdempotencyKeyReused(Fault):
    """The key was used for another request within the last 24 hours."""

    status, code, title = 422, "idempotency-key-reused", "The key belongs to another request"
