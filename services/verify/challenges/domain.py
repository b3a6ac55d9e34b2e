"""The rules of one-time codes (docs on Vietnamese numbers give each figure). Pure; server time comes from outside."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.phone import block_of, inspect

LIFETIME: Final = timedelta(minutes=5)
CODE_DIGITS: Final = {"normal": 6, "high": 8}
"""By risk, as the client sees it."""
WORD_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
WORD_LENGTH: Final = 8
"""A word that the customer sends to us: 40 bits, without letters that are taken for one another."""
CHECKS_A_CODE: Final = 5
CHECKS_A_DAY: Final = 15
COOLDOWNS: Final = (timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120))
SENDS_IN_TEN_MINUTES: Final = 5
SENDS_A_DAY: Final = 10
TEN_MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)

_pack = msgspec.msgpack.Encoder().encode
_NONCE = 12


class Content(NamedTuple):
    """What is sealed of a pending verification, or of a campaign's line until it is sent to."""

    number: str
    """E.164."""
    code: str
    blind_index: str | None
    """The number's blind index, where ingest gave one."""
    link: str | None = None
    """Of an invitation: where it leads."""


_unpack = msgspec.msgpack.Decoder(Content).decode


def new_code(risk: str = "normal") -> str:
    """Six digits (eight where the risk is high) from the operating system's CSPRNG, each code alike likely."""
    digits = CODE_DIGITS[risk]
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def new_word() -> str:
    """A word for reverse verification, from the operating system's CSPRNG."""
    return "".join(secrets.choice(WORD_LETTERS) for _ in range(WORD_LENGTH))


def word_in(text: str) -> str:
    """What a customer's message may hold of a word: letters and digits, in capitals; never longer than a few words."""
    return "".join(letter for letter in text[:200].upper() if letter in WORD_LETTERS)[:32]


class TestNumber(NamedTuple):
    """A reviewer's number: its code is fixed and never sent, until a day."""

    code: str
    until: date


def read_test_numbers(given: Mapping[str, str]) -> dict[str, TestNumber]:
    """From `{"+84...": "123456 until 2026-12-31"}`. Raises ValueError for anything else."""
    found = {}
    for number, what in given.items():
        code, between, day = what.partition(" until ")
        if (
            not between
            or len(code) not in CODE_DIGITS.values()
            or not code.isdigit()
            or mobile_of(number) != number
        ):
            raise ValueError('OTP_TEST_NUMBERS must be {"+84...": "123456 until 2026-12-31"}.')
        found[number] = TestNumber(code, date.fromisoformat(day))
    return found


def prefix_of(number: str) -> str:
    """The first four digits as people write them (0912): ten million numbers share them at most."""
    return "0" + number.removeprefix("+84")[:3]


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

    def block_key(self, number: str) -> bytes:
        """The block of a hundred numbers that `number` lies in, as the guard knows it."""
        return self._hash("block", block_of(number))

    def context_key(self, kind: str, value: str | None) -> bytes | None:
        """An address or a device as the counters know it."""
        return self._hash(kind, value) if value else None

    def address_key(self, address: str) -> bytes:
        """An email address as marks know it; capitals tell no two apart."""
        return self._hash("address", address.strip().lower())

    def receipt_key(self, client_id: str) -> bytes:
        """The key by which that client, and it alone, recognises numbers in its receipts."""
        return self._hash("receipt-key", client_id)

    def receipt_hash(self, client_id: str, number: str) -> bytes:
        """The number as a client's receipts know it: two clients cannot join theirs."""
        return hmac.digest(self.receipt_key(client_id), number.encode(), "sha256")

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
    """The caps that operators may change: codes an hour, and VND an hour."""

    client: int
    vnd: int
    ip: int
    device: int
    collector: int
    prefix: int


class Sent(NamedTuple):
    """What was sent in the last hour under one cap: how many codes (or VND), and the oldest."""

    n: int
    oldest: datetime | None


class SentBefore(NamedTuple):
    """What was sent before now: to the number in the last day (newest first), under each other cap in the last hour."""

    to_number: Sequence[datetime]
    by: Mapping[str, Sent]
    """By the names of Limits."""


class Refusal(NamedTuple):
    """Which cap is reached and how long it lasts."""

    cap: str
    detail: str
    wait: timedelta


_OF_AN_HOUR: Final = {
    "client": "The client has had its codes of an hour.",
    "ip": "The address has had its codes of an hour.",
    "device": "The device has had its codes of an hour.",
    "collector": "The collector has had its codes of an hour.",
    "prefix": "Numbers of this prefix have had their codes of an hour.",
}


def refuse_sending(sent: SentBefore, price_vnd: int, limits: Limits, now: datetime) -> Refusal | None:
    """The cap that forbids another sending now, None where none does."""
    recent = [at for at in sent.to_number if now - at < TEN_MINUTES]
    if len(sent.to_number) >= SENDS_A_DAY:
        freed = sent.to_number[SENDS_A_DAY - 1] + DAY
        return Refusal("number", "The number has had its codes of a day.", freed - now)
    if len(recent) >= SENDS_IN_TEN_MINUTES:
        freed = recent[SENDS_IN_TEN_MINUTES - 1] + TEN_MINUTES
        return Refusal("number", "The number has had its codes of ten minutes.", freed - now)
    for cap, detail in _OF_AN_HOUR.items():
        under = sent.by.get(cap)
        if under and under.n >= getattr(limits, cap):
            return Refusal(cap, detail, (under.oldest or now) + HOUR - now)
    spent = sent.by["vnd"]
    if spent.n + price_vnd > limits.vnd:
        wait = (spent.oldest or now) + HOUR - now
        return Refusal("vnd", "The spending limit of an hour is reached.", wait)
    return None
