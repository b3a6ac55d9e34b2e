"""Bodies of the analysis routes."""

import msgspec

from services.social.analysis.domain import Analysis


class Texts(msgspec.Struct):
    """Texts to be read; nothing of them is kept."""

    texts: list[str]


class Analyses(msgspec.Struct):
    """One analysis a text, in order."""

    items: list[Analysis]
