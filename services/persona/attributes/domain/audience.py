"""Whom a study is about: conditions that must all hold."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

from kernel.errors import FieldError
from kernel.privacy.provinces import province_name
from services.persona.attributes.domain.catalogue import AUDIENCE_TRAITS, attribute

Operator = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "exists"]
_ORDERED = ("gt", "gte", "lt", "lte")
_MEETINGS = ("channel", "source")
_TEXTS = ("province", "gender", *_MEETINGS)


class Condition(NamedTuple):
    """`field op value`; of channel and source: any of the person's facts came that way."""

    field: str
    op: Operator
    value: Any = None

    @property
    def is_meeting(self) -> bool:
        """True for fields of facts instead of people."""
        return self.field in _MEETINGS


def as_told(field: str, value: Any) -> Any:
    """A condition's value as facts have it: provinces by their one spelling, whatever the study calls them."""
    if field != "province":
        return value
    if isinstance(value, list | tuple):
        return [province_name(one) if isinstance(one, str) else one for one in value]
    return province_name(value) if isinstance(value, str) else value


class Selection(NamedTuple):
    """Conditions that all must hold; none takes in everybody."""

    conditions: tuple[Condition, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The attributes that the conditions need computed."""
        return tuple(c.field for c in self.conditions if c.field not in AUDIENCE_TRAITS)


def faults_in(conditions: Sequence[Condition]) -> list[FieldError]:
    """What is wrong with conditions: unknown fields, operators that do not fit, values of the wrong type."""
    found = []
    for index, condition in enumerate(conditions):
        for part, detail in _faults(condition):
            found.append(FieldError(f"/audience/all/{index}/{part}", detail))
    return found


def _faults(condition: Condition) -> list[tuple[str, str]]:
    known = attribute(condition.field)
    if known is None and condition.field not in AUDIENCE_TRAITS:
        return [
            ("field", "Not an attribute of GET /v1/attributes, nor channel, source, province, gender or age.")
        ]
    if condition.op not in get_args(Operator):
        return [("op", f"One of {', '.join(get_args(Operator))}.")]
    if known is not None and known.protected:
        return [("field", "Asks for a protected trait: groups must not be chosen by it.")]
    text = condition.field in _TEXTS or (known is not None and known.type == "category")
    if condition.op in _ORDERED and text:
        return [("op", "This field has no order.")]
    return _value_faults(condition, text)


def _value_faults(condition: Condition, text: bool) -> list[tuple[str, str]]:
    if condition.op == "exists":
        return [] if isinstance(condition.value, bool | None) else [("value", "true or false.")]
    if condition.op == "in" and (not isinstance(condition.value, list | tuple) or not condition.value):
        return [("value", "A list of at least one value.")]
    values = condition.value if condition.op == "in" else [condition.value]
    fits = all(
        isinstance(v, str) if text else isinstance(v, int | float) and not isinstance(v, bool) for v in values
    )
    return [] if fits else [("value", "Text." if text else "A number.")]
