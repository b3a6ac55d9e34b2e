"""A multipart upload, taken piece by piece: the file goes where it is told as it arrives, never to a disk in clear."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kernel.errors import MalformedInput

if TYPE_CHECKING:
    from hashlib import _Hash

LARGEST_FIELD: Final = 256 * 1024
"""Bytes of a field beside the file."""
FILE: Final = "file"


class Spool(Protocol):
    """Where an uploaded file goes."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""


@dataclass(slots=True)
class Upload:
    """The parts of a form: `fields` by name, the file in `spool`, its SHA-256 in `digest`."""

    spool: Spool
    fields: dict[str, str] = field(default_factory=dict)
    digest: "_Hash" = field(default_factory=sha256)
    has_file: bool = False
    _part: str = ""
    _value: bytearray = field(default_factory=bytearray)
    _header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    _ended: bool = False

    async def take(self, content_type: str, chunks: AsyncIterator[bytes]) -> None:
        """Take the whole body. Raises MalformedInput where it is no such form, or has no file."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise MalformedInput("The body must be multipart/form-data.")
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_part_data": self._data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )
        try:
            async for chunk in chunks:
                parser.write(chunk)
        except (FormParserError, UnicodeDecodeError):
            raise MalformedInput("The body is not multipart/form-data.") from None
        if not self._ended or not self.has_file:
            raise MalformedInput("The form has no file." if self._ended else "The body ends too early.")

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._part = parse_options_header(bytes(value))[1].get(b"name", b"").decode()
            if self._part == FILE and self.has_file:
                raise MalformedInput("The form has more than one file.")
        name.clear()
        value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._part == FILE:
            self.digest.update(piece)
            self.spool.write(piece)
            return
        self._value += piece
        if len(self._value) > LARGEST_FIELD:
            raise MalformedInput("A field of the form is too long.")

    def _end_part(self) -> None:
        if self._part == FILE:
            self.has_file = True
        elif self._part:
            self.fields[self._part] = self._value.decode().strip("\r\n")
        self._part = ""
        self._value.clear()

    def _end(self) -> None:
        self._ended = True
