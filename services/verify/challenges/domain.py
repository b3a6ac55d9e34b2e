"""The rules of one-time codes (docs on Vietnamese numbers give each figure). Pure; server time comes from outside."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.phone import inspect

LIFETIME: Final = timedelta(minutes=5)
CODE_DIGITS: Final = 6
CHECKS_A_CODE: Final = 5
CHECKS_A_DAY: Final = 15
COOLDOWNS: Final = (timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120))
SENDS_IN_TEN_MINUTES: Final = 5
SENDS_A_DAY: Final = 10
TEN_MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)

_pack = msgspec.msgpack.Encoder().encode
_NONCE = 12


class Content(NamedTuple):
    """What is sealed of a pending verification."""

    number: str
    """E.164."""
    code: str
    blind_index: str | None
    """The number's blind index, where ingest gave one."""


_unpack = msgspec.msgpack.Decoder(Content).decode


def new_code() -> str:
    """Six digits from the operating system's CSPRNG, each of the million alike likely."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def mobile_of(raw: str) -> str | None:
    """The E.164 number of a Vietnamese mobile, None for everything else: no other number is sent a code."""
    report = inspect(raw)
    if report.valid and report.type == "mobile" and report.e164 and report.e164.startswith("+84"):
        return report.e164
    return None


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """Keys that live apart from the database (32 bytes each): `otp` for hashes, `seal` for what is pending."""

    otp: bytes = field(repr=False)
    seal: bytes = field(repr=False)

    def code_hash(self, challenge_id: str, number: str, purpose: str, code: str) -> bytes:
        """Binds a code to its verification, number and purpose."""
        return self._hash("code", challenge_id, number, purpose, code)

    def number_key(self, number: str) -> bytes:
        """The number as the counters know it."""
        return self._hash("number", number)

    def receipt_hash(self, client_id: str, number: str) -> bytes:
        """The number as a client's receipts know it: two clients cannot join theirs."""
        return self._hash("receipt", client_id, number)

    def close(self, challenge_id: str, content: Content) -> bytes:
        """Seal (AES-256-GCM, the verification's id as associated data)."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.seal).encrypt(nonce, _pack(content), challenge_id.encode())

    def open(self, challenge_id: str, sealed: bytes | None) -> Content | None:
        """None where there is nothing, it was changed, the key was lost, or it is of another verification."""
        if sealed is None:
            return None
        try:
            return _unpack(AESGCM(self.seal).decrypt(sealed[:_NONCE], sealed[_NONCE:], challenge_id.encode()))
        except InvalidTag:
            return None

    def _hash(self, *parts: str) -> bytes:
        return hmac.digest(
            self.otp, _pack(parts), "sha256"
        )  # packed, so that parts cannot run into each other


def same_hash(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)


def cooldown_after(sends: int) -> timedelta:
    """How long after the `sends`-th sending of a code it may not be sent again."""
    return COOLDOWNS[min(sends, len(COOLDOWNS)) - 1]


class Limits(NamedTuple):
    """The caps that operators may change."""

    client_sends_an_hour: int
    vnd_an_hour: int


class SentBefore(NamedTuple):
    """What was sent before now: to the number in the last day (newest first), by the client and in all in the
    last hour (how many or how much, and the oldest of them)."""

    to_number: Sequence[datetime]
    by_client: int
    client_oldest: datetime | None
    vnd: int
    vnd_oldest: datetime | None


class Refusal(NamedTuple):
    """Which cap is reached and how long it lasts."""

    detail: str
    wait: timedelta


def refuse_sending(sent: SentBefore, price_vnd: int, limits: Limits, now: datetime) -> Refusal | None:
    """The cap that forbids another sending now, None where none does."""
    recent = [at for at in sent.to_number if now - at < TEN_MINUTES]
    if len(sent.to_number) >= SENDS_A_DAY:
        return Refusal("The number has had its codes of a day.", sent.to_number[SENDS_A_DAY - 1] + DAY - now)
    if len(recent) >= SENDS_IN_TEN_MINUTES:
        freed = recent[SENDS_IN_TEN_MINUTES - 1] + TEN_MINUTES
        return Refusal("The number has had its codes of ten minutes.", freed - now)
    if sent.by_client >= limits.client_sends_an_hour:
        return Refusal("The client has had its codes of an hour.", (sent.client_oldest or now) + HOUR - now)
    if sent.vnd + price_vnd > limits.vnd_an_hour:
        return Refusal("The spending limit of an hour is reached.", (sent.vnd_oldest or now) + HOUR - now)
    return None
