"""What came with a file: the fields of the upload's form, read and checked. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kernel.errors import FieldError, InvalidInput
from kernel.privacy.purposes import BASIS_OPENS
from kernel.sheets.encodings import ENCODINGS
from kernel.sheets.separators import SEPARATORS
from services.ingest.imports.domain.fields import KINDS
from services.ingest.imports.domain.layout import Asked
from services.ingest.imports.domain.presets import presets
from services.ingest.records.domain.wire import CHANNELS
from services.ingest.sources.domain import DEFAULT

FIELDS: Final = (
    "mapping", "source", "kind", "consent", "basis", "preset", "channel", "encoding", "separator", "sheet",
)  # fmt: skip
READ_AS: Final = ("preset", "kind", "channel", "encoding", "separator", "sheet")
STATED: Final = "stated at import"
"""The proof of a basis for which none was given."""

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": KINDS,
    "encoding": ENCODINGS,
    "separator": SEPARATORS,
    "channel": tuple(sorted(CHANNELS)),
}


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What the importer said of a file: how to read it, and what is true of all its records."""

    asked: Asked
    source: str
    consent: dict[str, Any] | None
    basis: dict[str, Any] | None


def read_form(given: Mapping[str, str]) -> Form:
    """The form's fields; those that are empty count as absent. Raises InvalidInput with a pointer to each mistake."""
    fields = {name: value for name, value in given.items() if value not in ("", "null")}
    errors = [FieldError(f"/{name}", "The form has no such field.") for name in fields if name not in FIELDS]
    errors += [
        FieldError(f"/{name}", "One of: " + ", ".join(map(repr, values)) + ".")
        for name, values in {**_CHOICES, "preset": tuple(presets())}.items()
        if name in fields and fields[name] not in values
    ]
    consent, basis = _object(fields, "consent", errors), _object(fields, "basis", errors)
    if consent is not None and (
        "kind" in consent or "basis" in consent
    ):  # a basis, told in the consent's place
        basis, consent = consent.get("basis", consent), None
    mapping = _object(fields, "mapping", errors)
    if mapping is not None and not all(isinstance(field, str) for field in mapping.values()):
        errors.append(FieldError("/mapping", "Name a field for each column, or an empty text."))
    basis = _basis(basis, errors)
    if errors:
        raise InvalidInput("The form of the import has mistakes; see errors.", errors=errors)
    asked = Asked(mapping=mapping, **{name: fields.get(name) for name in READ_AS})
    return Form(asked=asked, source=fields.get("source", DEFAULT), consent=consent, basis=basis)


def _basis(told: Any, errors: list[FieldError]) -> dict[str, Any] | None:
    if told is None:
        return None
    if not isinstance(told, dict) or told.get("kind") not in BASIS_OPENS:
        errors.append(FieldError("/basis", 'For instance {"kind": "contract", "proof": "..."}.'))
        return None
    return {"kind": told["kind"], "proof": str(told.get("proof") or STATED)}


def _object(fields: Mapping[str, str], name: str, errors: list[FieldError]) -> dict[str, Any] | None:
    text = fields.get(name)
    if text is None:
        return None
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError:
        told = None
    if not isinstance(told, dict):
        errors.append(FieldError(f"/{name}", "This must be a JSON object."))
        return None
    return told
