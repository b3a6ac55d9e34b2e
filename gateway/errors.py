"""Refusals of the gateway's own, beside those that every service shares."""

from kernel.errors import ConsentMissing, Fault


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


class SignInNeeded(Fault):
    """A page that is not open to everybody: the answer leads to the form."""

    status, code, title = 303, "sign-in-needed", "Sign in to open this page"


class EnrolmentNeeded(Fault):
    """The password is right; an authenticator app must be joined to the account before it is good for anything."""

    status, code, title = 403, "enrolment-needed", "Join an authenticator app to the account"


class CodeNeeded(Fault):
    """The password is right, and the account's one-time code is missing, wrong or used."""

    status, code, title = 401, "code-needed", "The account's one-time code is needed"


class TooManyAtOnce(Fault):
    """The client has as many requests under way as it may."""

    status, code, title = 429, "too-many-at-once", "Too many requests at once"


class Overloaded(Fault):
    """More is under way than can be answered in time: refused at once, rather than late."""

    status, code, title = 503, "overloaded", "Too much is under way"


class DeadlinePassed(Fault):
    """The time that the client gave is over; what was asked for may or may not have been done."""

    status, code, title = 504, "deadline-passed", "The request's deadline has passed"


class ContractNotInForce(Fault):
    """The client's contract has not begun, or has ended."""

    status, code, title = 403, "contract-not-in-force", "The client's contract is not in force"


class AddressNotAllowed(Fault):
    """The client may ask from other addresses only."""

    status, code, title = 403, "address-not-allowed", "The client may not ask from this address"


class PartnersOnly(Fault):
    """Only partners, by their own client, may do this."""

    status, code, title = 403, "partners-only", "This is for partners"


class SandboxOnly(Fault):
    """A test client was used where nothing is invented."""

    status, code, title = 403, "sandbox-only", "A test client sees the sandbox only"


class GuardianMissing(ConsentMissing):
    """The person is a child, and no parent or guardian consented for them."""

    code, title = "guardian-missing", "A parent or guardian has to consent"


class RecipientNotNamed(ConsentMissing):
    """The notice that the person agreed to names its recipients, and this partner is none of them."""

    code, title = "recipient-not-named", "The person did not agree to this recipient"


class TransferNotAllowed(ConsentMissing):
    """The client is abroad, and the register holds no assessed transfer to it for this purpose."""

    code, title = "transfer-not-allowed", "The data may not leave the country for this"


class PolicyInvalid(Fault):
    """A draft of policies does not parse, or does not fit the schema."""

    status, code, title = 422, "policy-invalid", "The policies do not hold together"
