"""A compiled plan, and what in a record breaks it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from kernel.errors import FieldError
from kernel.privacy.redaction import redact
from services.ingest.plans.domain.hostile import objections
from services.ingest.plans.domain.plan import ENFORCE, PARTS, Plan, Rules, schema_of
from services.ingest.quarantine.domain import Reason

VIOLATED, NOTED = "plan-violated", "plan-noted"
MAX_TOLD: Final = 20
"""Violations told of one record, at most."""
_MAX_NAME: Final = 64
_PATTERN_BYTES: Final = 256 * 1024
"""Memory that one compiled pattern may take."""

_decode = msgspec.json.Decoder().decode


class Checker:
    """A plan ready to judge records: made once for each version."""

    __slots__ = ("_validators", "enforced", "plan")

    def __init__(self, plan: Plan) -> None:
        """`plan` was checked by `plan_errors` before it was kept."""
        self.plan = plan
        self.enforced = plan.enforcement == ENFORCE
        self._validators = [(path, _validator(schema)) for _, path, schema in _schemas(plan.rules)]

    def violations(self, raw: bytes) -> list[Reason]:
        """What in a record (strict JSON) breaks the plan, as pointers without values; empty where nothing does."""
        try:
            return self._violations(_decode(raw))
        except (
            msgspec.DecodeError,
            RecursionError,
            ValueError,
        ):  # the compiler stops at 255 levels by ValueError
            code = VIOLATED if self.enforced else NOTED
            return [Reason(code, "", f"Plan version {self.plan.version}: the record nests too deeply.")]

    def _violations(self, record: Any) -> list[Reason]:
        found: list[Reason] = []
        for path, validator in self._validators:
            part = _part(record, path)
            if part is not None and not validator.is_valid(part):
                errors = islice(validator.iter_errors(part), MAX_TOLD - len(found))
                prefix = "".join(f"/{step}" for step in path)
                found += [reason for error in errors for reason in self._told(error, prefix)]
        return found[:MAX_TOLD]

    def _told(self, error: Any, prefix: str) -> Iterator[Reason]:
        pointer = prefix + "".join(f"/{_shown(step)}" for step in error.instance_path)
        keyword = error.kind.name
        code = VIOLATED if self.enforced else NOTED
        names = _names_of(error.kind)
        for name in names or [""]:
            at = f"{pointer}/{_shown(name)}" if name else pointer
            what = _WHAT.get(keyword, f"breaks the keyword {keyword}")
            yield Reason(code, at, f"Plan version {self.plan.version}: {what}.")


_WHAT: Final = {
    "required": "this field is required",
    "additionalProperties": "this field is not in the plan",
    "unevaluatedProperties": "this field is not in the plan",
    "type": "the value is of another type than planned",
    "not": "this field is required",
    "enum": "the value is none of those planned",
    "const": "the value is not the one planned",
    "pattern": "the text is not of the planned form",
    "minimum": "the number is too small",
    "maximum": "the number is too large",
    "maxLength": "the text is too long",
}


def plan_errors(rules: Rules) -> list[FieldError]:
    """Why these rules cannot be a plan, as pointers into the body of the request; empty where they can."""
    found: list[FieldError] = []
    for name, _, schema in _schemas(rules):
        inside = f"/schemas/{name}" if name else "/fields"
        refused = objections(schema) if name else []
        found += [FieldError(inside + one.pointer, one.detail) for one in refused]
        if refused:
            continue
        try:
            _validator(schema)
        except ValueError as error:
            where = "".join(f"/{step}" for step in getattr(error, "instance_path", ()))
            found.append(FieldError(inside + (where if name else ""), _why(error)))
    return found


def _why(error: ValueError) -> str:
    """What the compiler said, without what it quotes over several lines; a schema is no personal data."""
    return str(error).splitlines()[0][:300]


def _schemas(rules: Rules) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """(part, where it stands, schema); the record as a whole has no name."""
    if rules.fields or rules.unknown_fields != "allow":
        yield "", (), schema_of(rules)
    for name, schema in rules.schemas.items():
        yield name, PARTS[name], schema


def _validator(schema: Any) -> Any:
    """Raises ValueError (jsonschema_rs.ValidationError is one) where it is no schema of the draft."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        schema,
        offline=True,
        mask="",
        validate_formats=True,
        pattern_options=jsonschema_rs.RegexOptions(_PATTERN_BYTES, _PATTERN_BYTES),
    )


def _part(record: Any, path: tuple[str, ...]) -> Any:
    """The part that a schema is about: a missing payload is an empty one, a missing subject is not judged."""
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return {} if record is None and path == ("payload",) else record


def _names_of(kind: Any) -> list[str]:
    if kind.name == "required":
        return [kind.property]
    return list(getattr(kind, "unexpected", ()))[:MAX_TOLD]


def _shown(step: str | int) -> str:
    """A step of a pointer; clients choose keys, so that one may be anybody's number."""
    text = redact(str(step)).text[:_MAX_NAME]
    return text.replace("~", "~0").replace("/", "~1")
