"""A persona in words: an invented name, a tagline, a narrative in both languages. Templates over computed facts."""

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import NamedTuple

from services.persona.attributes.domain import COMPONENTS, Component, Words
from services.persona.cards.domain.components import Trait

_NAMES = {
    "female": ("Chị", ("Hạnh", "Lan", "Mai", "Ngọc", "Thảo", "Trang", "Vân", "Yến", "Hương", "Nhung", "Phượng", "Quyên")),
    "male": ("Anh", ("Cường", "Dũng", "Hùng", "Khoa", "Long", "Nam", "Phong", "Quân", "Sơn", "Tuấn", "Việt", "Đạt")),
    None: ("", ("An", "Bình", "Giang", "Hà", "Hải", "Khánh", "Lam", "Minh", "Ngân", "Tâm", "Thanh", "Xuân")),
}  # fmt: skip
"""Invented given names; a gendered one only where most of the group's people say they are of that gender."""

_HEADINGS: dict[Component, Words] = {
    "awareness": Words("Nhận thức và giá trị", "Awareness and value"),
    "needs": Words("Nhu cầu", "Needs"),
    "thinking": Words("Cách quyết định", "Thinking"),
    "connections": Words("Kết nối", "Connections"),
    "risk": Words("Rủi ro", "Risk"),
}
_SENTENCES = 3


class Name(NamedTuple):
    """How a persona is called, and its tagline in both languages."""

    name: str
    tagline: Words


def seed_of(persona_id: str) -> int:
    """A number that is the same for a persona for ever: choices by it never depend on behaviour."""
    return int.from_bytes(blake2b(persona_id.encode(), digest_size=8).digest())


def name_of(persona_id: str, gender: str | None, traits: Sequence[Trait], taken: Collection[str]) -> Name:
    """An invented name and what sets the group apart, none of `taken`."""
    title, names = _NAMES.get(gender, _NAMES[None])
    start = seed_of(persona_id) % len(names)
    epithet = traits[0].words.vi if traits else "giống số đông"
    offered = [f"{title} {names[(start + i) % len(names)]}, {epithet}".strip() for i in range(len(names))]
    name = next((name for name in offered if name.split(",")[0] not in taken), offered[0])
    if not traits:
        return Name(name, Words("Giống số đông khách hàng", "Much like everyone"))
    tagline = Words(*(", ".join(texts) for texts in zip(*(trait.words for trait in traits[:3]), strict=True)))
    return Name(name, Words(_sentence_case(tagline.vi), _sentence_case(tagline.en)))


def narrative_of(name: str, n: int, share: float, traits: Sequence[Trait]) -> Words:
    """What is known, component by component, each number as computed; nothing is added."""
    called = name.split(",", maxsplit=1)[0]
    parts = [
        Words(
            f"{called} là chân dung của {n} khách hàng ({_vi(share * 100)} %), không phải một người thật.",
            f"{called} portrays {n} customers ({_en(share * 100)} %) and is not a real person.",
        )
    ]
    for component in COMPONENTS:
        told = [trait for trait in traits if trait.attribute.component == component][:_SENTENCES]
        if told:
            heading = _HEADINGS[component]
            parts.append(Words(
                f"{heading.vi}: {'; '.join(_fact(trait).vi for trait in told)}.",
                f"{heading.en}: {'; '.join(_fact(trait).en for trait in told)}.",
            ))  # fmt: skip
    warned = next((t for t in traits if t.attribute.guidance and t.effect > 0), None)
    if warned is not None and warned.attribute.guidance is not None:
        parts.append(
            Words(f"Nên làm: {warned.attribute.guidance.vi}", f"Advice: {warned.attribute.guidance.en}")
        )
    return Words(" ".join(part.vi for part in parts), " ".join(part.en for part in parts))


def _fact(trait: Trait) -> Words:
    value, lift, label = trait.estimate.value, trait.estimate.lift, trait.attribute.label
    if not isinstance(value, float):
        return trait.words
    scale, sign = (100, " %") if trait.attribute.type == "share" else (1, "")
    vi, en = f"{_vi(value * scale)}{sign}", f"{_en(value * scale)}{sign}"
    if lift is not None:
        vi, en = f"{vi}, bằng {_vi(lift)} lần mọi người", f"{en}, {_en(lift)} times everyone's"
    return Words(f"{trait.words.vi} ({label.vi.lower()} {vi})", f"{trait.words.en} ({label.en.lower()} {en})")


def _en(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


def _vi(value: float) -> str:
    return _en(value).translate(str.maketrans(",.", ".,"))


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
