"""From bytes to records: the outline once, then each record by itself, so that one bad record stands alone."""

import json
import re
from typing import Any, NamedTuple, NoReturn

import msgspec

from kernel.errors import MalformedInput, TooLarge
from kernel.ids import canonical_id
from kernel.privacy.purposes import BASIS
from services.ingest.quarantine.domain import Reason
from services.ingest.records.domain.wire import AnyRecord, Record

MAX_RECORDS = 1_000


class Outline(msgspec.Struct):
    """A batch before its records are looked at."""

    records: list[msgspec.Raw]


_outline = msgspec.json.Decoder(Outline).decode
_record = msgspec.json.Decoder(AnyRecord).decode
_anything = msgspec.json.Decoder().decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def split_batch(body: bytes) -> list[bytes]:
    """The records of a batch as they were written.

    Raises MalformedInput where the body is not strict JSON of the documented outline, TooLarge above MAX_RECORDS.
    """
    _check_text(body)
    try:
        records = [bytes(raw) for raw in _outline(body).records]
    except msgspec.ValidationError:
        _refuse_outline()
    except (msgspec.DecodeError, RecursionError):
        records = _split_leniently(body)
    if len(records) > MAX_RECORDS:
        raise TooLarge(f"A batch may have at most {MAX_RECORDS} records.")
    return records


def single(body: bytes) -> bytes:
    """The body as one record. Raises MalformedInput where it is not a strict JSON object."""
    _check_text(body)
    try:
        _members(body)
    except msgspec.ValidationError:
        raise MalformedInput("The body must be one record, a JSON object.") from None
    except (msgspec.DecodeError, RecursionError):  # lone surrogates are strict JSON: the record fails alone
        if not isinstance(_strictly(body), dict):
            raise MalformedInput("The body must be one record, a JSON object.") from None
    return body


def read_record(raw: bytes) -> tuple[Record | None, Reason | None]:
    """The record, or why it is none. Never raises: the outline was strict JSON already."""
    try:
        record: Record = _record(raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        return None, reason_of(error)
    if b"\\u0000" in raw:
        return None, Reason("malformed", "", "The record holds a NUL character.")
    return record, None


class Glimpse(NamedTuple):
    """What can be told of a record that could not be read: enough to find it again."""

    record_id: str | None = None
    source: str | None = None
    kind: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()


def glimpse(raw: bytes) -> Glimpse:
    """Best effort on an unreadable record; anything that is not what it should be is left out."""
    try:
        document = _anything(raw)
    except (msgspec.DecodeError, RecursionError):
        return Glimpse()
    if not isinstance(document, dict):
        return Glimpse()
    key, source, kind = (_text(document.get(name)) for name in ("id", "source", "kind"))
    subject = document.get("subject")
    given = subject.get("identifiers") if isinstance(subject, dict) else None
    return Glimpse(
        canonical_id(key) if key else None, source, kind if kind in BASIS else None, tuple(_pairs(given))
    )


def _pairs(given: Any, prefix: str = "") -> list[tuple[str, str]]:
    if not isinstance(given, dict):
        return []
    pairs = []
    for kind, value in given.items():
        if kind == "social" and not prefix:
            pairs += _pairs(value, "social.")
        elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            pairs.append((prefix + kind, str(value)))
    return pairs


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _check_text(body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError:
        raise MalformedInput("The body is not UTF-8.") from None


def _split_leniently(body: bytes) -> list[bytes]:
    """A strict parser takes lone surrogates (RFC 8259, section 8.2), ours does not: those records fail alone."""
    document = _strictly(body)
    if not isinstance(document, dict) or not isinstance(document.get("records"), list):
        _refuse_outline()
    return [json.dumps(record).encode() for record in document["records"]]


def _strictly(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise MalformedInput("The body nests too deeply.") from None
    except ValueError:
        raise MalformedInput("The body is not strict JSON.") from None


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _refuse_outline() -> NoReturn:
    raise MalformedInput('The body must be {"records": [...]}.')


_AT = re.compile(r"^(.*?)(?: - at `\$?(.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|\[\.\.\.\]")


def reason_of(error: msgspec.MsgspecError | RecursionError, inside: str = "") -> Reason:
    """Why something could not be read, `inside` being the JSON pointer of what was read.

    Of msgspec's messages the only ones that quote the input are those about `kind`.
    """
    if not isinstance(error, msgspec.ValidationError):
        return Reason(
            "malformed", "", "The record holds text that is not valid Unicode, or nests too deeply."
        )
    match = _AT.match(str(error))
    what, path = (match[1], match[2] or "") if match else ("Not of the documented form", "")
    pointer = inside + "".join(
        "/" + (name or number) for name, number in _STEP.findall(path) if name or number
    )
    if pointer == "/kind" and not what.startswith("Object"):
        return Reason("kind-unknown", pointer, "The kind must be one of: " + ", ".join(BASIS) + ".")
    if what.startswith("Object missing required field `"):
        field = what.split("`")[1]
        return Reason("field-missing", f"{pointer}/{field}", "This field is required.")
    if "timezone" in what:
        return Reason("offset-missing", pointer, "The time needs an offset, such as +07:00.")
    return Reason("malformed", pointer, what + ".")
