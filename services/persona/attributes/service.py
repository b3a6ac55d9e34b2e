"""The catalogue as others see it."""

from typing import Any

from services.persona.attributes.domain import CATALOGUE


def catalogue_view() -> list[dict[str, Any]]:
    """Every attribute of the catalogue. Survey questions can be asked for beside it, as `answer:<question>`."""
    return [
        {
            "key": attribute.key,
            "component": attribute.component,
            "label": attribute.label.vi,
            "label_en": attribute.label.en,
            "unit": attribute.unit,
            "type": attribute.type,
            "sources": list(attribute.sources),
            "feature": attribute.feature,
        }
        for attribute in CATALOGUE.values()
    ]
