"""What an attribute is: a declared object that says what it means, how it is computed and how it is spoken of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Component = Literal["awareness", "needs", "thinking", "connections", "risk"]
COMPONENTS: tuple[Component, ...] = ("awareness", "needs", "thinking", "connections", "risk")

DAY_S = 86_400


class Words(NamedTuple):
    """A text for people, in both languages."""

    vi: str
    en: str


class Window(NamedTuple):
    """What a computation is over: facts that occurred in [start_s, end_s), money in one currency."""

    start_s: int
    end_s: int
    currency: str = "VND"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a person. Everything that uses attributes reads them from the catalogue.

    `expression` takes an Ibis table and the window and returns an aggregate over one person's rows. On `facts` a
    row is a fact; on `facets` it is (facet, label, weight, share, rank), one for each of the person's categories,
    payment methods, aspects and channels, the heaviest with rank 0. Only what DuckDB and Spark agree on may be
    used: no ordered first or last, no mode, no approximate aggregate, no division without `nullif`.
    """

    key: str
    component: Component
    label: Words
    unit: str
    """days, share, VND (read: the study's main currency), count, ..."""
    sources: tuple[str, ...]
    """Kinds of facts it rests on."""
    expression: Callable[[Any, Window], Any]
    high: Words
    """How a group well above everyone is spoken of; `{label}` is the category of a category attribute."""
    low: Words | None = None
    table: Literal["facts", "facets"] = "facts"
    type: Literal["number", "share", "category"] = "number"
    log: bool = False
    """Counts and money: compressed by log1p before clustering."""
    absent: Literal["zero", "unknown"] = "zero"
    """What no value means: nothing happened, or nobody knows (left at the middle when clustering)."""
    feature: bool = True
    """May shape groups; the rest only describes them."""
    protected: bool = False
    """Never a feature and never spoken of; only audited."""
    guidance: Words | None = None
    """Of a risk: what to do for the person, not with them."""


def ratio(part: Any, whole: Any) -> Any:
    """`part / whole`, null where `whole` is zero: engines differ on division by zero."""
    return part / whole.nullif(0)


def count(table: Any, *kinds: str) -> Any:
    """The number of facts of these kinds."""
    return table.kind.isin(kinds).sum()


def orders(table: Any) -> Any:
    """The number of orders."""
    return count(table, "transaction")


def money(table: Any, window: Window, kind: str = "transaction") -> Any:
    """Money of facts of a kind in the window's currency; null where there is none."""
    return table.amount.sum(where=(table.kind == kind) & (table.currency == window.currency))


def last(table: Any, kind: str | None = None) -> Any:
    """Epoch seconds of the last fact, of a kind or of any that the person caused."""
    return table.occurred_s.max(where=_caused(table) if kind is None else table.kind == kind)


def first(table: Any, kind: str | None = None) -> Any:
    """Epoch seconds of the first fact, as `last`."""
    return table.occurred_s.min(where=_caused(table) if kind is None else table.kind == kind)


def mean_gap_days(table: Any) -> Any:
    """Mean days between orders; null below two orders. Needs no sorting: the gaps add up to the whole span."""
    span = last(table, "transaction") - first(table, "transaction")
    return ratio(span / DAY_S, orders(table) - 1)


def top(table: Any, facet: str) -> Any:
    """The heaviest label of a facet."""
    return table.label.max(where=(table.facet == facet) & (table["rank"] == 0))


def _caused(table: Any) -> Any:
    return table.kind != "trait"
