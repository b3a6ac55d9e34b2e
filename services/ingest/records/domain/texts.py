"""Texts as they may leave the vault: redacted, the record's own values taken out wherever they stand."""

import re
from functools import lru_cache
from typing import Any, TypeVar

from kernel.privacy.catalogue import ATTRIBUTES, IDENTIFIERS, entry
from kernel.privacy.names import strip_accents
from kernel.privacy.redaction import redact, suspicious
from services.ingest.identity.indexing import Indexer

SHORT = 80
MAX_DEPTH = 8

_LONG_NUMBER = re.compile(r"(?:[0-9][ ._\-/]{0,2}){9}|[@\s]").search
_NOT_WORD = re.compile(r"[\W_]+")

CodeText = TypeVar("CodeText", str, str | int | None)
MaybeText = TypeVar("MaybeText", str, str | None)


class Redactor:
    """Redacts the strings of one record. Most are short, alike and harmless, so that the verdict is remembered."""

    __slots__ = ("_given", "_indexer", "_known")

    def __init__(self, name: str | None, indexer: Indexer) -> None:
        """`name`: what the record calls its person."""
        word = name.rsplit(None, 1)[-1:] if name else None
        self._known = (name,) if name and word else ()
        self._given = f" {strip_accents(word[0]).lower()} " if word else None
        self._indexer = indexer

    def text(self, text: MaybeText) -> MaybeText:
        """`text`, redacted where there is anything to redact; None stays None."""
        if text is None:
            return text
        try:
            words = _harmless_words(text)
        except _Suspicious:
            words = None
        if words is not None and (self._given is None or self._given not in words):
            return text
        return redact(text, known=self._known).text

    def keeps(self, code: str | int | None, name: str | None, category: str | None) -> bool:
        """Whether `code` and `text` would leave all three of a sold item as they are: one look for what is sold often."""
        try:
            words = _harmless_item(code, name, category)
        except _Suspicious:
            return False
        return self._given is None or self._given not in words

    def code(self, code: CodeText) -> CodeText:
        """An order number or the like: kept where it is short, replaced by a keyed hash where a phone or an id
        could hide in it. Nobody reads it, it only tells things apart."""
        if code is None or _is_short(str(code)):
            return code
        return self._indexer.stub("code", str(code))

    def value(self, value: Any, depth: int = 0) -> Any:
        """Any JSON value, redacted; members named like sealed fields (a phone, an address) are left out."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            if depth >= MAX_DEPTH:
                return None
            return {
                self.text(key): self.value(cell, depth + 1)
                for key, cell in value.items()
                if not _names_sealed(key)
            }
        if isinstance(value, list):
            return None if depth >= MAX_DEPTH else [self.value(cell, depth + 1) for cell in value]
        if isinstance(value, int | float) and abs(value) >= 10**8:
            return value if _is_harmless_number(value) else None
        return value


class _Suspicious(Exception):
    """The text may hold something to redact."""


@lru_cache(maxsize=65_536)
def _harmless_words(text: str) -> str:
    """The plain words of a text with nothing to redact, each between spaces.

    Raises _Suspicious for any other, which is not remembered: no cache holds a number or an address.
    """
    if len(text) > SHORT or suspicious(text):
        raise _Suspicious
    return f" {_NOT_WORD.sub(' ', strip_accents(text).lower())} "


@lru_cache(maxsize=65_536)
def _harmless_item(code: str | int | None, name: str | None, category: str | None) -> str:
    """The plain words of an item with nothing to redact. Raises _Suspicious as `_harmless_words` does."""
    if code is not None and not _is_short(str(code)):
        raise _Suspicious
    return "".join(_harmless_words(text) for text in (name, category) if text is not None)


def _is_short(code: str) -> bool:
    return (len(code) < 9 and code.isalnum()) or not _LONG_NUMBER(code)


def _is_harmless_number(value: float) -> bool:
    """A number may be a phone without its zero."""
    digits = f"{value:.0f}"
    return not suspicious(digits) and not suspicious("0" + digits)


_NAMES = frozenset(IDENTIFIERS) | frozenset(ATTRIBUTES)


@lru_cache(maxsize=4_096)
def _names_sealed(key: str) -> bool:
    name = key.strip().lower()
    return name in _NAMES and entry(name).sealed
