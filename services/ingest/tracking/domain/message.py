"""Tracking messages as the SDKs write them, and what the API of that name refuses (Segment's HTTP Tracking API)."""

from typing import Any, Final

import msgspec

from kernel.errors import FieldError, MalformedInput

MAX_EVENT: Final = 32 * 1024
MAX_BATCH: Final = 500 * 1024
MAX_MESSAGES: Final = 2_500
"""Bytes of one message, bytes of a body after inflating, and messages of a batch (the limits of that API)."""

IDENTIFY, TRACK, PAGE, SCREEN, GROUP, ALIAS = "identify", "track", "page", "screen", "group", "alias"
KINDS: Final = (IDENTIFY, TRACK, PAGE, SCREEN, GROUP, ALIAS)

Text = str | int | None
"""Ids that some systems write as a number."""


class Message(msgspec.Struct, rename="camel", gc=False):
    """One call of an SDK. What is taken over as it was written is not decoded here."""

    type: str | None = None
    message_id: str | None = None
    user_id: Text = None
    anonymous_id: Text = None
    previous_id: Text = None
    group_id: Text = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    channel: str | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    properties: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    traits: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    context: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


class Context(msgspec.Struct, rename="camel", gc=False):
    """The parts of a message's context that mean something here."""

    traits: Any = None
    consent: Any = None
    ip: Any = None
    device: Any = None
    library: Any = None
    user_agent: Any = None
    gpc: Any = None
    global_privacy_control: Any = None


class Batch(msgspec.Struct, rename="camel", gc=False):
    """Several messages; its context and time of sending stand for those that have none."""

    batch: list[msgspec.Raw]
    sent_at: str | None = None
    context: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


class TooLong(MalformedInput):
    """A message or a batch is over its limit; the API of that name says 400, and SDKs do not send it again."""

    code, title = "too-large", "The message is too large"


_batch = msgspec.json.Decoder(Batch).decode
_message = msgspec.json.Decoder(Message).decode
_context = msgspec.json.Decoder(Context).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_NOTHING: Final = Context()


def read_batch(body: bytes) -> Batch:
    """A batch, its messages not read yet. Raises MalformedInput where it is none, TooLong above a limit."""
    if len(body) > MAX_BATCH:
        raise TooLong(f"A batch may have at most {MAX_BATCH} bytes.")
    try:
        batch = _batch(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MalformedInput('The body must be {"batch": [message, ...]}.') from None
    if len(batch.batch) > MAX_MESSAGES:
        raise TooLong(f"A batch may have at most {MAX_MESSAGES} messages.")
    for index, raw in enumerate(batch.batch):
        pointer = f"/batch/{index}"
        if len(memoryview(raw)) > MAX_EVENT:
            detail = f"A message may have at most {MAX_EVENT} bytes."
            raise TooLong(detail, errors=[FieldError(pointer, detail)])
        if bytes(memoryview(raw)[:1]) != b"{":
            raise MalformedInput(
                "A message must be an object.", errors=[FieldError(pointer, "Not an object.")]
            )
    return batch


def read_message(raw: bytes | msgspec.Raw) -> Message | None:
    """A message, None where a member is not of its type."""
    try:
        return _message(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def read_single(body: bytes, kind: str) -> Message:
    """The one message of a door. Raises MalformedInput where nothing can be made of it, TooLong above the limit."""
    if len(body) > MAX_EVENT:
        raise TooLong(f"A message may have at most {MAX_EVENT} bytes.")
    message = read_message(body)
    if message is None:
        raise MalformedInput("The body must be one message, a JSON object with members of their types.")
    message.type = kind
    missing = lacking(message)
    if missing:
        raise MalformedInput("The message lacks what its type needs.", errors=missing)
    return message


def lacking(message: Message) -> list[FieldError]:
    """What a message of its type must have and has not."""
    if message.type not in KINDS:
        return [FieldError("/type", f"One of {', '.join(KINDS)}.")]
    if message.type == ALIAS:
        wanted = (("previousId", message.previous_id), ("userId", message.user_id))
        return [FieldError("/" + name, "An alias needs it.") for name, value in wanted if value in (None, "")]
    faults = []
    if message.user_id in (None, "") and message.anonymous_id in (None, ""):
        faults.append(FieldError("/userId", "A message needs a userId or an anonymousId."))
    if message.type == TRACK and not message.event:
        faults.append(FieldError("/event", "The event needs a name."))
    if message.type == GROUP and message.group_id in (None, ""):
        faults.append(FieldError("/groupId", "A group message needs it."))
    return faults


def context_of(raw: msgspec.Raw) -> Context:
    """What a context says; nothing where it is none."""
    if not memoryview(raw).nbytes:
        return _NOTHING
    try:
        return _context(raw)
    except (msgspec.MsgspecError, RecursionError):
        return _NOTHING


def object_of(raw: msgspec.Raw) -> dict[str, Any]:
    """The members of an object; none where it is something else."""
    if not memoryview(raw).nbytes:
        return {}
    try:
        return _object(raw)
    except (msgspec.MsgspecError, RecursionError):
        return {}
