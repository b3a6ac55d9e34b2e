"""A person's own copy: everything that every service holds of them, as JSON and CSV in one ZIP."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gateway.audit.tables import audit_entry
from gateway.parts import Parts
from gateway.privacy.domain import SERVICES
from gateway.privacy.tables import request
from kernel.chassis import Chassis
from kernel.errors import Fault, Unavailable
from kernel.spreadsheets import csv_lines
from kernel.store.engine import Database
from kernel.store.holdings import Rows, rows_about, show
from kernel.web import copies
from kernel.web.internal import HEADER, Caller
from kernel.web.upstream import call

Copy = Mapping[str, Mapping[str, Rows]]
"""Lists of rows by service and by what they are."""

README: Final = """\
{at}

Đây là bản sao dữ liệu cá nhân mà chúng tôi đang giữ về bạn, tập hợp từ mọi hệ thống. Mỗi mục có hai tệp với cùng nội
dung: .json (đầy đủ) và .csv (mở bằng phần mềm bảng tính). Mục không có trong danh sách là không có dữ liệu.

This is a copy of the personal data that we hold about you, from every system. Each part comes as two files of the same
content: .json (complete) and .csv (for a spreadsheet). What is not listed is not held.

{listing}
"""


async def show_what_stays(database: Database, origins: Sequence[str]) -> dict[str, Rows]:
    """What tells of a person and outlasts an erasure: who did what with their data, and what they asked for."""
    holdings = (rows_about("audit", audit_entry.c.subject), rows_about("requests", request.c.subject))
    async with database.snapshot() as connection:
        return await show(connection, holdings, origins)


async def collect(parts: Parts, chassis: Chassis, origins: Sequence[str]) -> Copy:
    """What every service holds of `origins`. Raises Unavailable where one of them does not answer: a copy is whole."""
    found: dict[str, Mapping[str, Rows]] = {}
    for name in SERVICES:
        if name == "gateway":
            found[name] = await copies.copy_of(parts.database, chassis.holdings, chassis.shows, origins)
        else:
            found[name] = await _asked_of(parts, name, origins)
    return found


async def _asked_of(parts: Parts, name: str, origins: Sequence[str]) -> Mapping[str, Rows]:
    upstream = parts.upstreams.get(name)
    if upstream is None:
        raise Unavailable(f"The {name} service is not connected.")
    token = parts.internal.mint(Caller("gateway", "service")).encode()
    headers = ((HEADER, token), (b"content-type", b"application/json"))
    body = msgspec.json.encode({"origins": list(origins)})
    try:
        reply = await call(upstream, "POST", copies.PATH, headers=headers, body=body)
        if reply.status != 200:
            raise Unavailable(f"The {name} service does not answer now.")
        return msgspec.json.decode(reply.body, type=dict[str, list[dict[str, Any]]])
    except (Fault, OSError, msgspec.DecodeError) as error:
        raise Unavailable(f"The {name} service does not answer now.") from error


def zipped(copy: Copy) -> bytes:
    """The ZIP: two files for each list that is not empty, and a page that says what is what."""
    target, listing = io.BytesIO(), []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for service, told in copy.items():
            for what, rows in told.items():
                if not rows:
                    continue
                name = f"{service}/{what.replace(' ', '_')}"
                archive.writestr(f"{name}.json", msgspec.json.format(msgspec.json.encode(rows), indent=1))
                archive.writestr(f"{name}.csv", table(rows))
                listing.append(f"{name}: {len(rows)}")
        at = datetime.now(UTC).isoformat(timespec="seconds")
        archive.writestr("README.txt", README.format(at=at, listing="\n".join(listing)))
    return target.getvalue()


def table(rows: Rows) -> str:
    """Rows as CSV with a header, which a spreadsheet opens and does not compute."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = csv_lines([names, *([_cell(row.get(name)) for name in names] for row in rows)])
    return "\ufeff" + lines  # or Excel takes UTF-8 for something else


def _cell(value: Any) -> Any:
    is_plain = value is None or isinstance(value, str | int | float)
    return value if is_plain else msgspec.json.encode(value).decode()
