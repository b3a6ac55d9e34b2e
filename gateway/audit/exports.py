"""The trail as a file: a line an entry, each linked to the one before, and at the end a signed line about all of them."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from gateway.audit import repository
from gateway.audit.domain import GENESIS, Verdict, line_of, next_link
from kernel.signing import JoseError, SigningKeys
from kernel.store.engine import Database

MANIFEST = "audit-export+jwt"
_PAGE = 1_000


async def export_lines(
    database: Database, signing: SigningKeys, since: datetime | None, until: datetime | None
) -> AsyncIterator[bytes]:
    """JSON lines of the entries from `since` until before `until`, chain by chain, and the signed last line.

    Read in one snapshot: what is written meanwhile is in the next export.
    """
    link, entries, ends = GENESIS, 0, dict[str, list[int]]()
    async with database.snapshot() as connection:
        after: tuple[int, int] | None = None
        while True:
            rows = await repository.read_lines(connection, since, until, after, _PAGE)
            for row in rows:
                line = line_of(row)
                link = next_link(link, line)
                yield msgspec.json.encode({**line, "link": link.hex()}) + b"\n"
                ends.setdefault(str(row.chain), [row.sequence, 0])[1] = row.sequence
            entries += len(rows)
            if len(rows) < _PAGE:
                break
            after = (rows[-1].chain, rows[-1].sequence)
    claims = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "entries": entries,
        "chains": ends,
        "link": link.hex(),
    }
    yield msgspec.json.encode({"manifest": signing.sign(MANIFEST, claims)}) + b"\n"


def check_export(lines: Iterable[bytes], jwks: dict[str, Any]) -> Verdict:
    """Follow an export offline, by the published keys alone.

    `first_bad` names the first entry that was changed, taken out before, put in or moved. A file that was made anew as
    a whole, or cut off, fits no signature of ours.
    """
    link, entries, expected, manifest = GENESIS, 0, dict[int, int](), None
    for raw in lines:
        line = _decoded(raw)
        if manifest is not None or line is None:
            return Verdict(False, entries, None, trouble=f"line {entries + 1} is none of an export's")
        if line.keys() == {"manifest"}:
            manifest = line["manifest"]
            continue
        chain, sequence = line.get("chain"), line.get("sequence")
        link = next_link(link, line)
        in_order = isinstance(chain, int) and expected.get(chain, sequence) == sequence
        if not in_order or line.get("link") != link.hex():
            return Verdict(
                False, entries, str(line.get("id")), trouble="it does not follow what is before it"
            )
        expected[chain] = sequence + 1  # type: ignore[index, operator]  # looked at just above
        entries += 1
    return _signed(manifest, jwks, entries, link)


def _signed(manifest: Any, jwks: dict[str, Any], entries: int, link: bytes) -> Verdict:
    if not isinstance(manifest, str):
        return Verdict(False, entries, None, trouble="the signed last line is missing")
    try:
        claims = SigningKeys.published(jwks).verify(MANIFEST, manifest.encode())
    except (JoseError, ValueError):
        return Verdict(False, entries, None, trouble="the last line is not signed by these keys")
    if (claims.get("entries"), claims.get("link")) != (entries, link.hex()):
        return Verdict(False, entries, None, trouble="the entries are not those that were signed")
    return Verdict(True, entries, None)


def _decoded(raw: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
