"""Refusals of the gateway's own, beside those that every service shares."""

from kernel.errors import Fault


class InvalidGrant(Fault):
    """A token was asked for in a way that OAuth 2.0 (RFC 6749, 5.2) does not know, or for too much."""

    status, code, title = 400, "invalid-grant", "The token request is not valid"

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.error = error


class AuditUnavailable(Fault):
    """What would be done cannot be recorded, so it is not done."""

    status, code, title = 503, "audit-unavailable", "The audit trail cannot be written"


class NoticeUnknown(Fault):
    """The notice, or that version of it, was never published."""

    status, code, title = 422, "notice-unknown", "There is no such notice"


class ProofRepeated(Fault):
    """The purpose was withdrawn, and the proof offered is one from before: only a new act revives it."""

    status, code, title = 409, "proof-repeated", "The proof was shown before the withdrawal"


class IdentifierUnproved(Fault):
    """The person proved to hold a phone, and is named by what anybody may know of them: nobody consents so for them."""

    status, code, title = 409, "identifier-unproved", "The identifiers do not prove whom they name"


class RequestDecided(Fault):
    """The privacy request stands where this cannot be done to it any more, or not yet."""

    status, code, title = 409, "request-decided", "The request does not wait for this"
