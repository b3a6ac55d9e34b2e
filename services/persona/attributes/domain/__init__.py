"""What can be said of a person, by component, and whom a study is about."""

from services.persona.attributes.domain.attribute import COMPONENTS, Attribute, Component, Window, Words
from services.persona.attributes.domain.audience import Condition, Selection, as_told, faults_in
from services.persona.attributes.domain.catalogue import (
    AUDIENCE_TRAITS,
    CATALOGUE,
    attribute,
    attributes_with,
)
from services.persona.attributes.domain.questions import is_protected

__all__ = [
    "AUDIENCE_TRAITS",
    "CATALOGUE",
    "COMPONENTS",
    "Attribute",
    "Component",
    "Condition",
    "Selection",
    "Window",
    "Words",
    "as_told",
    "attribute",
    "attributes_with",
    "faults_in",
    "is_protected",
]
