"""From attributes to numbers that clustering may use: compressed, clipped, scaled, one-hot; never protected traits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.persona.attributes.domain import Attribute

if TYPE_CHECKING:
    import numpy as np

Columns = Mapping[str, "np.ndarray[Any, Any]"]
"""Attribute values by key, one a person: floats with NaN where unknown, or texts with None."""

CLIP = (0.01, 0.99)
KNOWN_SHARE = 0.3
"""An attribute that fewer people have than this share would mostly say who answered: left out."""
LEVEL_SHARE = 0.05
LEVELS = 8
TWINS = 0.95
"""Of two features correlated above this only the first counts: the same thing must not vote twice."""
REACH = 3.0
"""Standard deviations beyond which a value pulls no harder."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the matrix: `((log1p?(clip(value)) - mean) / spread)`, or whether the value is `level`."""

    key: str
    low: float
    high: float
    mean: float
    spread: float
    log: bool = False
    level: str | None = None

    def encode(self, values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """The column for values in the attribute's unit; unknown ones stand in the middle."""
        import numpy as np

        if self.level is not None:
            return np.asarray(((values == self.level).astype(float) - self.mean) / self.spread)
        clipped = np.clip(values.astype(float), self.low, self.high)
        scaled = ((np.log1p(clipped) if self.log else clipped) - self.mean) / self.spread
        return np.asarray(np.clip(np.nan_to_num(scaled, nan=0.0), -REACH, REACH))

    def decode(self, scaled: float) -> float:
        """The value, in the attribute's unit and within what was seen, that encodes to `scaled`."""
        from math import expm1

        value = float(scaled) * self.spread + self.mean
        return float(min(self.high, max(self.low, expm1(min(value, 700.0)) if self.log else value)))


def fit_features(columns: Columns, attributes: Sequence[Attribute]) -> list[Feature]:
    """The features that `columns` support, in the catalogue's order.

    Left out: protected and descriptive attributes, those known of too few, constants, and twins.
    """
    found: list[Feature] = []
    for attribute in attributes:
        if attribute.feature and not attribute.protected and attribute.key in columns:
            values = columns[attribute.key]
            fit = _fit_levels if attribute.type == "category" else _fit_number
            found += fit(attribute, values)
    return _without_twins(found, columns)


def matrix(columns: Columns, features: Sequence[Feature]) -> "np.ndarray[Any, Any]":
    """People by features, in float64."""
    import numpy as np

    return np.column_stack([feature.encode(columns[feature.key]) for feature in features])


def _fit_number(attribute: Attribute, raw: "np.ndarray[Any, Any]") -> list[Feature]:
    import numpy as np

    values = raw.astype(float)
    known = values[~np.isnan(values)]
    if len(known) < KNOWN_SHARE * len(values) or not len(known):
        return []
    low, high = (float(bound) for bound in np.quantile(known, CLIP))
    clipped = np.clip(known, low, high)
    scaled = np.log1p(np.maximum(clipped, 0)) if attribute.log else clipped
    spread = float(scaled.std())
    if spread < 1e-9:
        return []
    low = max(low, 0.0) if attribute.log else low
    return [Feature(attribute.key, low, high, float(scaled.mean()), spread, attribute.log)]


def _fit_levels(attribute: Attribute, values: "np.ndarray[Any, Any]") -> list[Feature]:
    """Common levels only, as 0 and 1."""
    import numpy as np

    texts, counts = np.unique([value for value in values if value is not None], return_counts=True)
    shares = sorted(
        ((count / len(values), str(text)) for text, count in zip(texts, counts, strict=True)), reverse=True
    )
    levels = [(share, text) for share, text in shares if LEVEL_SHARE <= share <= 1 - LEVEL_SHARE][:LEVELS]
    return [Feature(attribute.key, 0.0, 1.0, share, 1.0, level=text) for share, text in levels]


def _without_twins(features: list[Feature], columns: Columns) -> list[Feature]:
    import numpy as np

    if len(features) < 2:
        return features
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.nan_to_num(np.abs(np.corrcoef(matrix(columns, features), rowvar=False)))
    kept: list[int] = []
    for index, feature in enumerate(features):
        if feature.level is not None or not any(correlation[index, other] > TWINS for other in kept):
            kept.append(index)
    return [features[index] for index in kept]
