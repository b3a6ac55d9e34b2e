"""TCVN3 and VNI: how Vietnamese was written before Unicode, and still is in many an old list. Tables in `legacy.toml`."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def tcvn3_table() -> str:
    """256 characters: what each byte means."""
    return "".join(map(chr, range(0x80))) + "".join(_tables()["tcvn3"])


@cache
def vni_table() -> str:
    """256 characters: Windows-1252, with its five holes as control characters; `from_vni` goes on from there."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))


def from_vni(text: str) -> str:
    """Unicode (NFC) from VNI text as `vni_table` reads it. Text in ASCII costs a look."""
    return text if text.isascii() else _vni_written()(lambda match: vni_readings()[match[0]], text)


@cache
def vni_readings() -> Mapping[str, str]:
    """What one or two characters of VNI text mean."""
    tables = _tables()["vni"]
    known: dict[str, str] = {}
    for shown, letter in tables["letters"].items():
        known |= {shown: letter, shown.upper(): letter.upper()}
    for base, pairs in tables["marked"].items():
        for mark, letter in pairs.split():
            for written in (base + mark, base + mark.upper()):
                known[written] = letter
            for written in (base.upper() + mark.upper(), base.upper() + mark):
                known[written] = letter.upper()
    return known


@cache
def _vni_written() -> Any:
    longest_first = sorted(vni_readings(), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))).sub


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("legacy.toml").read_text("utf-8"))
