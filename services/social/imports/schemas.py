"""Bodies of the import routes."""

from datetime import datetime
from typing import Any, get_args

import msgspec
import sqlalchemy as sa
from pydantic import BaseModel

from kernel.errors import FieldError, InvalidInput
from kernel.sheets.encodings import ENCODINGS
from kernel.sheets.separators import SEPARATORS
from services.social.analysis.domain.findings import PLATFORMS, Platform
from services.social.imports.domain.presets import FIELDS, presets
from services.social.imports.domain.tables import Asked, Block
from services.social.imports.service import problems_in
from services.social.mentions.domain.incoming import Taken
from services.social.mentions.domain.moments import moment_of


class ColumnView(BaseModel):
    """A column, and what it is read as; null where it is ignored."""

    column: str
    field: str | None


class RowView(BaseModel):
    """A row as it would be stored: redacted, its author as a keyed hash."""

    row: int
    id: str
    text: str
    rating: float | None
    author: str | None
    published_at: datetime


class ProblemView(BaseModel):
    """What is wrong in a row of the sheet (the header is 1)."""

    row: int
    column: str | None
    code: str
    detail: str


class MentionPreview(BaseModel):
    """How a file is understood, and its first rows."""

    preset: str | None
    platform: Platform
    encoding: str | None
    separator: str | None
    sheet: str | None
    columns: list[ColumnView]
    rows: list[RowView]
    problems: list[ProblemView]


class MentionImport(BaseModel):
    """What became of a file: rows by what they became. `problems`: how many a person should look at (errors.csv)."""

    id: str
    state: str
    platform: Platform
    preset: str | None
    accepted: int
    duplicate: int
    edited: int
    quarantined: int
    problems: int
    created_at: datetime


class MentionImportPage(BaseModel):
    """Imports, newest first."""

    items: list[MentionImport]
    next_cursor: str | None


def view(row: sa.Row[Any]) -> MentionImport:
    """A row as clients see it."""
    same = ("state", "platform", "preset", "accepted", "duplicate", "edited", "quarantined")
    return MentionImport(
        id=row.import_id,
        problems=len(problems_in(row.problems)),
        created_at=moment_of(row.created_ms),
        **{name: getattr(row, name) for name in same},
    )


def preview_of(block: Block) -> MentionPreview:
    """A block as a preview."""
    layout = block.layout
    columns = zip(layout.columns, layout.fields, strict=True)
    return MentionPreview(
        **{name: getattr(layout, name) for name in ("preset", "platform", "encoding", "separator", "sheet")},
        columns=[ColumnView(column=column, field=field or None) for column, field in columns],
        rows=[
            RowView(
                row=number, id=one.native_id, text=one.text, rating=one.rating, author=one.author,
                published_at=moment_of(one.published_ms),
            )
            for number, one in zip(block.rows, block.judged, strict=True)
            if isinstance(one, Taken)
        ],
        problems=[ProblemView(**one._asdict()) for one in block.problems],
    )  # fmt: skip


_OPTIONS: dict[str, tuple[str, ...] | None] = {
    "platform": get_args(Platform), "encoding": ENCODINGS, "separator": SEPARATORS, "sheet": None,
}  # fmt: skip


def asked_in(fields: dict[str, str]) -> Asked:
    """What a form says beside the file. Raises InvalidInput, naming the words that are allowed."""
    wrong = [
        FieldError(f"/{name}", f"One of: {' '.join(allowed)}.")
        for name, allowed in (*_OPTIONS.items(), ("preset", tuple(presets())))
        if allowed and fields.get(name) and fields[name] not in allowed
    ]
    mapping = None
    if fields.get("mapping"):
        try:
            mapping = msgspec.json.decode(fields["mapping"], type=dict[str, str])
        except msgspec.DecodeError:
            wrong.append(FieldError("/mapping", 'JSON such as {"Nội dung": "text"}.'))
    if wrong:
        raise InvalidInput("The form cannot be understood.", errors=wrong)
    told: dict[str, Any] = {name: fields.get(name) or None for name in (*_OPTIONS, "preset")}
    return Asked(mapping=mapping, **told)


def upload_body() -> dict[str, Any]:
    """The OpenAPI of the form."""
    text = {"type": "string"}
    properties = {
        "file": {**text, "format": "binary", "description": "CSV, XLSX or XLS, up to 20 MB."},
        "platform": {**text, "enum": list(PLATFORMS), "description": "The preset's when absent."},
        "preset": {**text, "enum": sorted(presets()), "description": "Recognised when absent."},
        "mapping": {
            **text,
            "description": 'JSON {"column": "' + " | ".join(FIELDS) + '"}; found out when absent.',
        },
        "encoding": {**text, "enum": list(ENCODINGS), "description": "Detected when absent."},
        "separator": {**text, "enum": list(SEPARATORS), "description": "Detected when absent."},
        "sheet": {**text, "description": "The first that holds anything when absent."},
    }
    schema = {"type": "object", "required": ["file"], "properties": properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
