"""Which encoding a file is in, and its text.

Rules before guesses: a byte order mark, zeros where UTF-16 has them, then whatever is UTF-8. What is left is one of
three: the one whose words are the most Vietnamese.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from kernel.sheets.legacy import from_vni, tcvn3_table, vni_table

ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "windows-1258", "tcvn3", "vni")
SAMPLE: Final = 256 * 1024
"""Bytes that are looked at."""
LONGEST: Final = 1 << 21
"""Characters without any space or separator that are held, at most."""

_OLD: Final = ("windows-1258", "tcvn3", "vni")
_SYLLABLE = re.compile(
    r"(ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?[aăâeêioôơuưy]{1,3}(ng|nh|ch|[cmnpt])?"
).fullmatch
_WORD = re.compile(r"[^\W\d_]+")
_TONES: Final = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))


class Undecodable(ValueError):
    """The bytes are not text of the encoding that was named."""


def detect(sample: bytes) -> str:
    """The encoding of text that begins with `sample`."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _has_utf16_zeros(sample):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return max(_OLD, key=lambda name: _likeness(sample, name))
    return "utf-8"


def _has_utf16_zeros(sample: bytes) -> bool:
    """Half of the letters of any Vietnamese text are ASCII, whose other byte is zero."""
    zeros = max(sample[0::2].count(0), sample[1::2].count(0))
    return zeros * 8 > len(sample)


def _likeness(sample: bytes, name: str) -> int:
    """Words with accents that can be Vietnamese, less those that cannot."""
    text = "".join(texts([sample], name))
    score = 0
    for word in _WORD.findall(text):
        if not word.isascii():
            score += 1 if _is_vietnamese(word) else -1
    return score - 2 * sum(unicodedata.category(letter) == "Cc" for letter in text if letter > "\x7f")


def _is_vietnamese(word: str) -> bool:
    if word not in (word.lower(), word.upper(), word.title()):
        return False
    apart = unicodedata.normalize("NFD", word.lower())
    bare = apart.translate(_TONES)
    return len(apart) - len(bare) <= 1 and bool(_SYLLABLE(unicodedata.normalize("NFC", bare)))


def texts(chunks: Iterable[bytes], name: str) -> Iterator[str]:
    """Chunks of text in NFC, cut where no letter is torn. Raises Undecodable, LookupError for an unknown encoding."""
    decode, finish = _decoder(name)
    held = ""
    for chunk in chunks:
        text = held + _decoded(decode, chunk, False)
        cut = max(map(text.rfind, "\n ,;\t|")) if len(text) < LONGEST else len(text)
        cut = max(cut, 0)
        held = text[cut:]
        yield finish(text[:cut])
    yield finish(held + _decoded(decode, b"", True))


def _decoded(decode: Callable[[bytes, bool], str], chunk: bytes, last: bool) -> str:
    try:
        return decode(chunk, last)
    except UnicodeError:
        raise Undecodable from None


def _decoder(name: str) -> tuple[Callable[[bytes, bool], str], Callable[[str], str]]:
    """How bytes become characters, and characters letters."""
    if name == "tcvn3":
        return lambda data, _: codecs.charmap_decode(data, "strict", tcvn3_table())[0], _nfc
    if name == "vni":
        return lambda data, _: codecs.charmap_decode(data, "strict", vni_table())[0], from_vni
    if name == "windows-1258":  # its holes are what some program wrote all the same
        return codecs.getincrementaldecoder("cp1258")("replace").decode, _nfc
    if name == "utf-16":
        return _Utf16().decode, _nfc
    return codecs.getincrementaldecoder(name)().decode, _nfc


class _Utf16:
    """UTF-16 by its byte order mark; without one by where the zeros are."""

    def __init__(self) -> None:
        self._inner: codecs.IncrementalDecoder | None = None
        self._first = b""

    def decode(self, data: bytes, last: bool) -> str:
        """The text of `data`."""
        if self._inner is None:
            data = self._first + data
            if len(data) < 2 and not last:  # half a mark tells nothing
                self._first = data
                return ""
            marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            big = data[0::2].count(0) > data[1::2].count(0)
            name = "utf-16" if marked else "utf-16-be" if big else "utf-16-le"
            self._inner = codecs.getincrementaldecoder(name)()
        return self._inner.decode(data, last)


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
