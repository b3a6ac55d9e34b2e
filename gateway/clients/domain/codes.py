"""One-time codes of an authenticator app (RFC 6238): 6 digits every 30 s, each good once."""

import hmac
from typing import Final

import pyotp

STEP_S: Final = 30
ISSUER: Final = "Chandung"


def new_code_secret() -> str:
    """A random secret of 160 bits in base32."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, username: str) -> str:
    """What an authenticator app reads, as a QR code or a link."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: float, used: int | None) -> int | None:
    """The step that `code` belongs to: this one or a neighbour (clocks differ), later than the newest that was `used`.

    None for any other code.
    """
    totp = pyotp.TOTP(secret)
    current, found = int(now) // STEP_S, None
    for step in (current - 1, current, current + 1):
        if hmac.compare_digest(totp.at(step * STEP_S), code) and (used is None or step > used):
            found = step
    return found
