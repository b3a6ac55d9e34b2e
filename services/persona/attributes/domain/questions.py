"""Survey questions as attributes: attitudes that no catalogue can list beforehand."""

import re

from services.persona.attributes.domain.attribute import Attribute, Words

_PROTECTED = re.compile(
    r"(^|_)(age|tuoi|gender|sex|gioi|gioi_tinh|birth|nam_sinh|ngay_sinh|marital|hon_nhan|ethnic\w*|dan_toc"
    r"|relig\w*|ton_giao|disab\w*|khuyet_tat|pregnan\w*|health|suc_khoe|politic\w*|chinh_tri)(_|$)"
)
"""Questions that ask for a protected trait, in English and Vietnamese, by their names' words."""

PREFIX = "answer:"


def question_attribute(name: str) -> Attribute:
    """The mean numeric answer to the question `name`; protected where its name says that it asks for such a trait."""
    asked = name.replace("_", " ")  # as people read it
    return Attribute(
        PREFIX + name,
        "needs",
        Words(f"Trả lời “{asked}”", f"Answer to “{asked}”"),
        "points",
        ("answer",),
        lambda t, w: t.number.mean(where=(t.kind == "answer") & (t.name == name)),
        high=Words(f"trả lời cao ở câu “{asked}”", f"answers high on “{asked}”"),
        low=Words(f"trả lời thấp ở câu “{asked}”", f"answers low on “{asked}”"),
        absent="unknown",
        protected=is_protected(name),
    )


def is_protected(name: str) -> bool:
    """True where a question's or trait's name says that it holds a protected trait."""
    return _PROTECTED.search(re.sub(r"[\s.\-/]+", "_", name.lower())) is not None
