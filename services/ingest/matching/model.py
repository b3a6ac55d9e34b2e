"""The model of who is one person: Fellegi and Sunter's, by Splink, over the columns of `Row`. No I/O but DuckDB's.

How often a field agrees for one person (m) is given here, by field and degree: errors of typing, moves and marriages are
much the same everywhere, and learning them from a few records goes astray. How often strangers agree (u), and how common
each name is, are taken from the data at hand: in Vietnam a family name tells little, and this is where it shows.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

SAME, SIMILAR, PARTIAL, DIFFERENT = "same", "similar", "partial", "different"


class Level(NamedTuple):
    """A degree of agreement: when it holds (SQL over `<column>_l` and `<column>_r`), and how often for one person."""

    name: str
    sql: str
    m: float
    u: float
    """For strangers; used where the data are too few to tell."""
    common: str = ""
    """The column whose common values count for less."""


class Field(NamedTuple):
    """A field that is compared: the columns that must be there on both sides, and its degrees, the closest first."""

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]


def _near(column: str, edits: int) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= {edits}"


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _shared(column: str, least: float) -> str:
    """The share of words in common (Jaccard)."""
    left, right = f"string_split({column}_l, ' ')", f"string_split({column}_r, ' ')"
    both = f"len(list_intersect({left}, {right}))"
    return f"{both} >= {least} * (len(list_distinct({left})) + len(list_distinct({right})) - {both})"


_SWAPPED: Final = "given_l = family_r AND family_l = given_r"
_HALF_SWAPPED: Final = "(given_l = family_r OR family_l = given_r)"
_OTHER: Final = "ELSE"

FIELDS: Final = (
    Field(
        "given_name",
        ("given",),
        (
            Level(SAME, _same("given"), 0.78, 0.008, "given"),
            Level(SIMILAR, f"{_SWAPPED} OR ({_alike('given', 0.92)} AND {_near('given', 2)})", 0.11, 0.004),
            Level(PARTIAL, f"{_HALF_SWAPPED} OR {_alike('given', 0.8)} OR {_near('given', 1)}", 0.06, 0.02),
            Level(DIFFERENT, _OTHER, 0.05, 0.968),
        ),
    ),
    Field(
        "family_name",
        ("family",),
        (
            Level(SAME, _same("family"), 0.78, 0.02, "family"),
            Level(SIMILAR, f"{_SWAPPED} OR ({_alike('family', 0.92)} AND {_near('family', 2)})", 0.11, 0.005),
            Level(PARTIAL, f"{_HALF_SWAPPED} OR {_alike('family', 0.8)} OR {_near('family', 1)}", 0.05, 0.02),
            Level(DIFFERENT, _OTHER, 0.06, 0.955),
        ),
    ),
    Field(
        "middle_name",
        ("middle",),
        (
            Level(SAME, _same("middle"), 0.85, 0.1, "middle"),
            Level(SIMILAR, f"{_alike('middle', 0.88)} OR {_shared('middle', 0.5)}", 0.08, 0.05),
            Level(DIFFERENT, _OTHER, 0.07, 0.85),
        ),
    ),
    Field(
        "date_of_birth",
        ("born",),
        (
            Level(SAME, _same("born"), 0.82, 0.0001),
            Level(
                SIMILAR,
                f"{_near('born', 1)} OR (substr(born_l, 1, 4) = substr(born_r, 1, 4)"
                " AND substr(born_l, 6, 2) = substr(born_r, 9, 2) AND substr(born_l, 9, 2) = substr(born_r, 6, 2))",
                0.09,
                0.002,
            ),
            Level(PARTIAL, f"{_near('born', 2)} OR substr(born_l, 6) = substr(born_r, 6)", 0.05, 0.03),
            Level(DIFFERENT, _OTHER, 0.04, 0.967),
        ),
    ),
    Field(
        "email",
        ("email",),
        (
            Level(SAME, _same("email"), 0.72, 0.0001, "email"),
            Level(SIMILAR, _near("email", 2), 0.1, 0.0001),
            Level(
                PARTIAL,
                "(split_part(email_l, '@', 1) = split_part(email_r, '@', 1)"
                f" AND length(split_part(email_l, '@', 1)) > 4) OR ({_alike('email', 0.92)} AND {_near('email', 4)})",
                0.08,
                0.0005,
            ),
            Level(DIFFERENT, _OTHER, 0.1, 0.9993),
        ),
    ),
    Field(
        "phone",
        ("phone",),
        (
            Level(SAME, _same("phone"), 0.7, 0.0002, "phone"),
            Level(SIMILAR, _near("phone", 1), 0.05, 0.0005),
            Level(DIFFERENT, _OTHER, 0.25, 0.9993),
        ),
    ),
    Field(
        "document",
        ("document",),
        (
            Level(SAME, _same("document"), 0.9, 0.00001),
            Level(SIMILAR, _near("document", 1), 0.06, 0.00005),
            Level(DIFFERENT, _OTHER, 0.04, 0.99994),
        ),
    ),
    Field(
        "address",
        ("line",),
        (
            Level(SAME, _same("line"), 0.6, 0.0005),
            Level(SIMILAR, f"{_alike('line', 0.93)} OR {_shared('line', 0.6)}", 0.14, 0.001),
            Level(PARTIAL, f"{_shared('line', 0.3)} OR {_alike('line', 0.85)}", 0.1, 0.03),
            Level(DIFFERENT, _OTHER, 0.16, 0.9685),
        ),
    ),
    Field(
        "ward",
        ("ward",),
        (
            Level(SAME, _same("ward"), 0.7, 0.005, "ward"),
            Level(SIMILAR, f"{_alike('ward', 0.88)} OR {_near('ward', 2)}", 0.15, 0.005),
            Level(DIFFERENT, _OTHER, 0.15, 0.99),
        ),
    ),
    Field(
        "province",
        ("province",),
        (
            Level(SAME, _same("province"), 0.75, 0.15, "province"),
            Level(SIMILAR, f"{_alike('province', 0.88)} OR {_near('province', 2)}", 0.12, 0.02),
            Level(DIFFERENT, _OTHER, 0.13, 0.83),
        ),
    ),
)

COLUMNS: Final = tuple(dict.fromkeys(column for field in FIELDS for column in field.columns))

_YEAR, _OTHER_YEAR = "substr(l.born, 1, 4)", "substr(r.born, 1, 4)"
BLOCKS: Final = (
    "l.email = r.email",
    "l.phone = r.phone",
    "l.document = r.document",
    "l.born = r.born",
    "l.rare = r.rare",
    "l.given = r.family AND l.family = r.given",
    f"l.given = r.given AND {_YEAR} = {_OTHER_YEAR}",
    f"l.family = r.family AND {_YEAR} = {_OTHER_YEAR}",
    "l.given = r.given AND substr(l.born, 6) = substr(r.born, 6)",
    "l.family = r.family AND substr(l.born, 6) = substr(r.born, 6)",
    "l.line = r.line AND l.province = r.province",
    "l.given = r.given AND l.ward = r.ward",
    "l.family = r.family AND l.ward = r.ward",
    f"l.ward = r.ward AND {_YEAR} = {_OTHER_YEAR}",
    "split_part(l.email, '@', 1) = split_part(r.email, '@', 1) AND substr(l.given, 1, 1) = substr(r.given, 1, 1)",
    f"substr(l.given, 1, 2) = substr(r.given, 1, 2) AND substr(l.family, 1, 2) = substr(r.family, 1, 2) AND {_YEAR} = {_OTHER_YEAR}",
)
"""Only pairs that agree in one of these are compared: each is narrow also among millions."""

SURE: Final = (
    "l.email = r.email AND l.born = r.born",
    "l.given = r.given AND l.family = r.family AND l.born = r.born",
    "l.document = r.document",
    "l.phone = r.phone AND l.given = r.given",
)
"""Pairs that are one person almost surely: they tell how many such pairs there are."""
SURE_FIND: Final = 0.6
"""The share of all pairs of one person that `SURE` finds, about."""

ENOUGH: Final = 300
"""From so many rows on strangers are drawn from the data themselves."""


def prior_of(connection: Any) -> float:
    """How likely two rows at random are of one person, by the pairs that are almost surely: above 0, never above 0.3.

    Counted here: Splink's own count gives up where there is no such pair, or where there are more than it believes.
    """
    total = connection.execute("SELECT count(*) * (count(*) - 1) / 2 FROM people").fetchall()[0][0]
    found, before = 0, "false"
    for rule in SURE:
        query = (
            "SELECT count(*) FROM people l JOIN people r"  # noqa: S608 - rules of our own
            f" ON {rule} AND l.row < r.row WHERE NOT coalesce({before}, false)"
        )
        found += connection.execute(query).fetchall()[0][0]
        before = f"{before} OR coalesce({rule}, false)"
    return float(min(0.3, max(found, 1) / SURE_FIND / max(total, 1)))


def settings_of(prior: float) -> dict[str, Any]:
    """The model as Splink wants it, before it has seen the data."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "row",
        "probability_two_random_records_match": prior,
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": True,
        "comparisons": [_comparison(field) for field in FIELDS],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in BLOCKS],
    }


def _comparison(field: Field) -> dict[str, Any]:
    missing = " OR ".join(f"{column}_l IS NULL OR {column}_r IS NULL" for column in field.columns)
    null = {"sql_condition": missing, "label_for_charts": "unknown", "is_null_level": True}
    return {"output_column_name": field.name, "comparison_levels": [null, *map(_level, field.levels)]}


def _level(level: Level) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sql_condition": level.sql,
        "label_for_charts": level.name,
        "m_probability": level.m,
        "u_probability": level.u,
        "fix_m_probability": True,
    }
    if level.common:
        told |= {
            "tf_adjustment_column": level.common,
            "tf_adjustment_weight": 1.0,
            "tf_minimum_u_value": 0.00001,
        }
    return told


def level_of(field: Field, gamma: int) -> str:
    """The degree that Splink numbers: the closest highest, -1 where a side is missing."""
    return "unknown" if gamma < 0 else field.levels[len(field.levels) - 1 - gamma].name


def prepared(rows: Mapping[str, list[Any]], connection: Any) -> None:
    """Make the table `people` of columns: `rare` is a name that few bear, the only ones that block by themselves."""
    import pyarrow as pa

    table = pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()})
    connection.register("given_rows", table)
    connection.execute(
        "CREATE TABLE people AS SELECT *, CASE WHEN given IS NOT NULL AND family IS NOT NULL AND"
        " count(*) OVER (PARTITION BY given, family) <= 60 THEN given || '|' || family END AS rare FROM given_rows"
    )
    connection.unregister("given_rows")
