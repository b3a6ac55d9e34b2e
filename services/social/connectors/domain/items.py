"""What a source tells: mentions in our outline, and removals."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Gone(NamedTuple):
    """A mention that its platform removed."""

    platform: str
    native_id: str


class Told(NamedTuple):
    """What one answer or call of a source says. `mentions` are of the outline of POST /v1/mentions/batch."""

    mentions: Sequence[Mapping[str, Any]] = ()
    gone: Sequence[Gone] = ()
    ended: bool = False
    """The source withdrew the permission to listen."""


def iso_of(moment: Any) -> str:
    """A platform's time (seconds or milliseconds since 1970, or text) as ISO 8601; what it is not stays as it is."""
    if isinstance(moment, bool) or moment is None:
        return ""
    if isinstance(moment, int | float) or (isinstance(moment, str) and moment.isdigit() and len(moment) < 17):
        number = float(moment)
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC).isoformat()
    text = str(moment)
    return text[:-2] + ":" + text[-2:] if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit() else text


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; nothing where it is none."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def within(value: Any, *path: str) -> Any:
    """What stands at a path of keys; None where it leads nowhere."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def mention(platform: str, native_id: Any, text: Any, moment: Any, **more: Any) -> dict[str, Any]:
    """A mention in our outline; `handle` names the author."""
    handle = more.pop("handle", None)
    made: dict[str, Any] = {
        "id": str(native_id or ""),
        "platform": platform,
        "text": str(text or ""),
        "published_at": iso_of(moment),
    }
    if handle:
        made["author"] = {"handle": str(handle)}
    return made | {key: value for key, value in more.items() if value is not None}
