"""The lake's table: its columns as Arrow sees them, and facts as columns."""

from typing import TYPE_CHECKING

from services.persona.arrow import arrow
from services.persona.lake.domain import COLUMNS, Facts

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
    """The lake's columns in their order; text where not said otherwise."""
    pa = arrow()
    return pa.schema([(name, pa.type_for_alias(_TYPES.get(name, "string"))) for name in COLUMNS])


def arrow_table(facts: Facts) -> "pa.Table":
    """`facts` as a table: turned on its side in C, what the facts of an event share once an event."""
    pa = arrow()
    schema = arrow_schema()
    if not facts:
        return schema.empty_table()
    shared = list(zip(*facts.heads, strict=True))
    owners = pa.array(facts.owners, pa.int32())
    arrays = [pa.array(column, kind) for column, kind in zip(shared, schema.types, strict=False)]
    arrays = [array.take(owners) for array in arrays]
    own, kinds = zip(*facts.cells, strict=True), schema.types[len(shared) :]
    arrays += [pa.array(column, kind) for column, kind in zip(own, kinds, strict=True)]
    return pa.table(arrays, schema)
