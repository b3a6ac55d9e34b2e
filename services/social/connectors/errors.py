"""Why a source cannot be read: each is a code that its health shows."""

from typing import ClassVar


class SourceTrouble(Exception):
    """A read failed; `wait_s` is how long to wait at least, None for the usual backoff."""

    code: ClassVar[str] = "failed"

    def __init__(self, wait_s: float | None = None) -> None:
        super().__init__(self.code)
        self.wait_s = wait_s


class AddressRefused(SourceTrouble):
    """The address, or one it leads to, is private or no web address."""

    code = "address-refused"


class BodyTooLarge(SourceTrouble):
    """The answer is larger than is read."""

    code = "body-too-large"


class QuotaReached(SourceTrouble):
    """The platform says that too much was asked."""

    code = "quota-reached"


class AccessDenied(SourceTrouble):
    """The platform does not accept the credentials (any more)."""

    code = "access-denied"


class AnswerUnreadable(SourceTrouble):
    """The answer is not of the platform's format."""

    code = "answer-unreadable"


class SourceUnreachable(SourceTrouble):
    """No answer, or one that says that the server is in trouble."""

    code = "unreachable"
