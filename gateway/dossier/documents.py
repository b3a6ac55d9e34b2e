"""Drafts as files: Word to be worked on, PDF to be sent. Both lay the same sections out."""

import io
import json
from dataclasses import asdict
from importlib.resources import as_file, files
from typing import Final

from gateway.dossier.sections import Document

TYPES: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def as_docx(document: Document) -> bytes:
    """A Word file, from the template beside this file: change its looks there, in Word."""
    from docxtpl import DocxTemplate

    target = io.BytesIO()
    with as_file(files(__package__) / "draft.docx") as path:
        template = DocxTemplate(path)
        template.render(asdict(document), autoescape=True)
        template.save(target)
    return target.getvalue()


def as_pdf(document: Document) -> bytes:
    """A PDF, in a typeface made for Vietnamese."""
    import fontpkg_be_vietnam_pro
    import typst

    with as_file(files(__package__) / "draft.typ") as path:
        made = typst.compile(
            path,
            format="pdf",
            font_paths=[fontpkg_be_vietnam_pro.ROOT],
            ignore_system_fonts=True,
            sys_inputs={"document": json.dumps(asdict(document), ensure_ascii=False)},
        )
    return bytes(made)


def rendered(document: Document, kind: str) -> bytes:
    """The draft as `docx` or `pdf`."""
    return as_docx(document) if kind == "docx" else as_pdf(document)
