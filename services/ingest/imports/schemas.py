"""HTTP bodies of imports."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from kernel.sheets.encodings import ENCODINGS
from services.ingest.imports.domain.fields import KINDS
from services.ingest.imports.domain.presets import presets

State = Literal["queued", "running", "done", "failed", "undone"]


class ImportStarted(BaseModel):
    """The import that was queued, or whose undoing was asked for."""

    id: str
    state: State


class ImportView(BaseModel):
    """How far an import is. `total` counts records: rows, or orders where several rows are one; null: not counted yet.

    Once done, total = accepted + duplicate + conflict + quarantined + failed; `failed` are rows that are no record.
    """

    id: str
    state: State
    total: int | None
    accepted: int
    duplicate: int
    conflict: int
    quarantined: int
    failed: int
    source: str
    kind: str
    preset: str | None
    reason: str | None = Field(description="Why it failed.")
    created_at: datetime
    finished_at: datetime | None


class ImportPage(BaseModel):
    """A page of imports, newest first."""

    items: list[ImportView]
    next_cursor: str | None


class ColumnView(BaseModel):
    """A column, the field that it becomes (empty: none), and how sure that is (0 to 1)."""

    column: str
    field: str
    confidence: float


class ProblemView(BaseModel):
    """Something about a row (as the sheet numbers it, the header being 1) that its importer should know."""

    row: int
    column: str | None
    code: str
    detail: str


class PreviewView(BaseModel):
    """What a file would come to."""

    encoding: str | None
    separator: str | None
    sheet: str | None
    preset: str | None
    kind: str
    columns: list[ColumnView]
    rows: list[dict[str, Any]] = Field(description="The first records, as they would be stored; at most 20.")
    problems: list[ProblemView] = Field(description="Of the first 1,000 rows.")


class PersonView(BaseModel):
    """A person and the row that tells of them."""

    row: int
    subject_id: str


class PeopleView(BaseModel):
    """People of some groups of an import; `next` leads to those after."""

    items: list[PersonView]
    next: int | None


def upload_body() -> dict[str, Any]:
    """The OpenAPI of the form."""
    text = {"type": "string"}
    return {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "CSV, XLSX or XLS."},
                        "mapping": {
                            **text,
                            "description": 'JSON {"column": "subject.identifiers.phone" | "payload.total" | ... | ""};'
                            " suggested from the columns' names when absent.",
                        },
                        "source": {**text, "default": "default"},
                        "kind": {**text, "enum": list(KINDS), "default": "profile"},
                        "consent": {
                            **text,
                            "description": 'JSON: the consent that all of them gave, or {"kind": "contract",'
                            ' "proof"} where there is none: that opens service alone.',
                        },
                        "basis": {
                            **text,
                            "description": 'JSON {"kind": "contract"|"legal_obligation", "proof"}.',
                        },
                        "preset": {**text, "enum": list(presets()), "description": "Recognised when absent."},
                        "channel": text,
                        "encoding": {**text, "enum": list(ENCODINGS), "description": "Detected when absent."},
                        "separator": {**text, "description": "Literal; detected when absent."},
                        "sheet": {
                            **text,
                            "description": "The first visible one that holds rows when absent.",
                        },
                    },
                }
            }
        },
    }
