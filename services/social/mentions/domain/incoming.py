"""A batch as it comes in: each mention is judged alone, and leaves without who wrote it."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from kernel.errors import FieldError, MalformedInput, TooLarge
from services.social.analysis.domain.findings import PLATFORMS
from services.social.mentions.domain.cleaning import clean, strip_address, strip_people
from services.social.mentions.domain.moments import instant_of
from services.social.mentions.domain.pseudonyms import author_of, fingerprint_of, mention_id_of
from services.social.mentions.domain.terms import may_link

MAX_MENTIONS = 10_000
MAX_TEXT = 50_000
SKEW_MS = 300_000
"""Clocks may differ by five minutes (public contract)."""

_PLATFORMS = frozenset(PLATFORMS)
_ID = re.compile(r"[!-?A-~]{1,200}")  # printable ASCII without spaces and @
_LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_METRIC = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_WHERE = re.compile(r" - at `\$([^`]*)`")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


class Reason(msgspec.Struct, frozen=True):
    """Why a mention was not taken; `detail` never repeats what was sent."""

    code: str
    pointer: str
    detail: str


class Author(msgspec.Struct):
    """Who wrote it: only a keyed hash of the handle is kept."""

    handle: str | None = None


class Mention(msgspec.Struct):
    """A mention as sent; anything beyond these fields is ignored."""

    id: str
    platform: str
    text: str
    published_at: str
    author: Author | None = None
    url: str | None = None
    lang: str | None = None
    rating: float | None = None
    metrics: dict[str, float] | None = None


class Taken(NamedTuple):
    """A mention that may be stored as it stands here."""

    place: int
    native_id: str
    mention_id: str
    fingerprint: bytes
    platform: str
    author: str | None
    text: str
    url: str | None
    published_ms: int
    lang: str | None
    rating: float | None
    metrics: str
    handle: str | None = None
    """The author's handle, where the terms let the mention be tied to a person: to be asked for, never stored."""


class Refused(NamedTuple):
    """A mention that broke a rule, with what of it may be kept."""

    place: int
    native_id: str | None
    fingerprint: bytes
    platform: str | None
    text: str | None
    reasons: tuple[Reason, ...]


class _Outline(msgspec.Struct):
    mentions: list[msgspec.Raw]


_decode_outline = msgspec.json.Decoder(_Outline).decode
_decode_mention = msgspec.json.Decoder(Mention).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def take_batch(body: bytes, secret: bytes, now_ms: int) -> list[Taken | Refused]:
    """Each mention of a batch, in order. One bad mention never fails the others.

    Raises MalformedInput where the body is no JSON or not of the outline, TooLarge above MAX_MENTIONS.
    """
    items, read = _items(body)
    if len(items) > MAX_MENTIONS:
        errors = [FieldError("/mentions", f"At most {MAX_MENTIONS} mentions.")]
        raise TooLarge(f"There may be at most {MAX_MENTIONS} mentions.", errors=errors)
    return [_take(index, item, read, secret, now_ms) for index, item in enumerate(items)]


def take_items(
    items: Sequence[Any], secret: bytes, now_ms: int, *, linkable: bool = True
) -> list[Taken | Refused]:
    """Mentions that a connector or an import read, judged as those of a batch.

    `linkable`: what the source's own terms say; the platform's are minded as well.
    """
    taken = [
        _take(index, item, lambda one: msgspec.convert(one, Mention), secret, now_ms)
        for index, item in enumerate(items)
    ]
    return taken if linkable else [_unnamed(one) for one in taken]


def _unnamed(one: Taken | Refused) -> Taken | Refused:
    return one._replace(handle=None) if isinstance(one, Taken) else one


def handles_in(batch: Sequence[Taken | Refused]) -> dict[str, tuple[str, str]]:
    """Author to platform and handle, of all whose mentions may be tied to a person."""
    return {
        one.author: (one.platform, one.handle)
        for one in batch
        if isinstance(one, Taken) and one.author and one.handle
    }


def _items(body: bytes) -> tuple[list[Any], Callable[[Any], Mention]]:
    """The mentions still to be read, and how. A lone surrogate is legal JSON that the quick decoder refuses."""
    try:
        return _decode_outline(body).mentions, _decode_mention
    except msgspec.ValidationError as error:
        raise MalformedInput('The body must be {"mentions": [...]}.') from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _slow_items(body), lambda item: msgspec.convert(item, Mention)


def _slow_items(body: bytes) -> list[Any]:
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedInput("The body is no JSON.") from error
    mentions = document.get("mentions") if isinstance(document, dict) else None
    if not isinstance(mentions, list):
        raise MalformedInput('The body must be {"mentions": [...]}.')
    return mentions


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _take(
    index: int, item: Any, read: Callable[[Any], Mention], secret: bytes, now_ms: int
) -> Taken | Refused:
    try:
        sent = read(item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _unread(index, item, secret, error)
    handle = _handle(sent)
    published = instant_of(sent.published_at)
    reasons = tuple(_reasons(sent, published, now_ms))
    text = strip_people(clean(sent.text[:MAX_TEXT]), (handle,) if handle else ())
    if reasons or published is None:
        return _refused(index, sent, text, reasons, secret)
    return Taken(
        place=index,
        native_id=sent.id,
        mention_id=mention_id_of(secret, sent.platform, sent.id),
        fingerprint=fingerprint_of(secret, sent.text, str(sent.rating)),
        platform=sent.platform,
        author=author_of(secret, sent.platform, handle) if handle else None,
        text=text,
        url=strip_address(sent.url, handle) if sent.url else None,
        published_ms=published,
        lang=sent.lang or None,
        rating=sent.rating,
        metrics=_encode(sent.metrics or {}).decode(),
        handle=handle if may_link(sent.platform) else None,
    )


def _handle(sent: Mention) -> str | None:
    handle = clean(sent.author.handle or "").strip().lstrip("@") if sent.author else ""
    return handle or None


def _reasons(sent: Mention, published: int | None, now_ms: int) -> Iterator[Reason]:
    """Every rule that a mention breaks."""
    if not _ID.fullmatch(sent.id):
        yield Reason("id-invalid", "/id", "1 to 200 printable ASCII characters without spaces and @.")
    if sent.platform not in _PLATFORMS:
        yield Reason("platform-unknown", "/platform", "One of: " + " ".join(PLATFORMS) + ".")
    if not clean(sent.text).strip() and sent.rating is None:
        yield Reason("text-missing", "/text", "Only a rated mention may have no text.")
    if len(sent.text) > MAX_TEXT:
        yield Reason("text-too-long", "/text", f"At most {MAX_TEXT} characters.")
    if published is None:
        yield Reason("time-invalid", "/published_at", "An ISO 8601 time with offset, after 1970.")
    elif published > now_ms + SKEW_MS:
        yield Reason("time-in-future", "/published_at", "More than 5 minutes ahead of our clock.")
    if sent.rating is not None and not 0 <= sent.rating <= 10:
        yield Reason("rating-invalid", "/rating", "A number from 0 to 10.")
    if sent.lang and not _LANG.fullmatch(sent.lang):
        yield Reason("lang-invalid", "/lang", "A language tag such as vi or en-GB.")
    if sent.metrics and not (len(sent.metrics) <= 32 and all(map(_METRIC.fullmatch, sent.metrics))):
        yield Reason("metrics-invalid", "/metrics", "Up to 32 numbers under names of letters, digits and _.")


def _refused(index: int, sent: Mention, text: str, reasons: tuple[Reason, ...], secret: bytes) -> Refused:
    return Refused(
        place=index,
        native_id=sent.id if _ID.fullmatch(sent.id) else None,
        fingerprint=fingerprint_of(secret, sent.platform, sent.id, sent.text, *(r.code for r in reasons)),
        platform=sent.platform if sent.platform in _PLATFORMS else None,
        text=text,
        reasons=reasons,
    )


def _unread(index: int, item: Any, secret: bytes, error: Exception) -> Refused:
    """A mention of the wrong types: nothing of it is kept but its fingerprint, as no field of it can be trusted."""
    raw = bytes(item) if isinstance(item, msgspec.Raw) else repr(item).encode("utf-8", "surrogatepass")
    native_id = _readable_id(item)
    where = _WHERE.search(str(error))
    pointer = "".join("/" + (key or number) for key, number in _STEP.findall(where[1])) if where else ""
    missing = "required" in str(error)
    reason = Reason("field-missing" if missing else "field-invalid", pointer, _saying(str(error)))
    return Refused(index, native_id, fingerprint_of(secret, raw.decode("latin-1")), None, None, (reason,))


def _saying(message: str) -> str:
    """What the decoder says without the place; it names types and fields of ours, never values."""
    return _WHERE.sub("", message) + "."


class _Named(msgspec.Struct):
    id: str


def _readable_id(item: Any) -> str | None:
    try:
        raw = isinstance(item, msgspec.Raw)
        found = msgspec.json.decode(item, type=_Named) if raw else msgspec.convert(item, _Named)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found.id if _ID.fullmatch(found.id) else None
