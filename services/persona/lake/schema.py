"""The lake's table: its columns as Arrow sees them, and facts as columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.persona.arrow import arrow
from services.persona.lake.domain import Fact

if TYPE_CHECKING:
    import pyarrow as pa

PARTITIONS = ("month", "bucket")

_TYPES = {
    "occurred_s": "int64",
    "local_hour": "int32",
    "received_s": "int64",
    "bucket": "int32",
    "number": "float64",
    "amount": "int64",
    "quantity": "int64",
}


def arrow_schema() -> "pa.Schema":
    """Fact's columns in their order; text where not said otherwise."""
    pa = arrow()
    return pa.schema([(name, pa.type_for_alias(_TYPES.get(name, "string"))) for name in Fact._fields])


def arrow_table(facts: Sequence[Fact]) -> "pa.Table":
    """`facts` as a table: turned on its side in C, about 2 µs a record."""
    pa = arrow()
    schema = arrow_schema()
    columns: list[Any] = list(zip(*facts, strict=True)) if facts else [[] for _ in Fact._fields]
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema
    )
