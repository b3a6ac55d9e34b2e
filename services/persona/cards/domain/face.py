"""A persona's face: an SVG drawn by our own hand, the same for ever, that says nothing about behaviour."""

from html import escape

from services.persona.cards.domain.words import seed_of

_SKIN = ("#f6d7b8", "#eec39a", "#e0ac7e", "#c98f62", "#a8714a")
_HAIR = ("#1f1a17", "#2d221c", "#3b2a20", "#4a3728", "#5c4433")
_GREY = "#a9a6a1"
_CLOTH = ("#2f6f8f", "#7a4e8a", "#3c7a57", "#a65a3a", "#50597a", "#8a6d2f")
_GROUND = ("#e8f1f5", "#f3ecf6", "#eaf4ee", "#f8efe9", "#eceef5", "#f6f1e4")
_STYLES = (
    "M46 92 Q44 40 100 38 Q156 40 154 92 Q150 62 100 60 Q50 62 46 92 Z",
    "M42 130 Q34 36 100 36 Q166 36 158 130 L146 130 Q152 68 100 62 Q48 68 54 130 Z",
    "M48 84 Q52 34 104 38 Q160 44 152 86 Q132 58 92 66 Q62 70 48 84 Z",
    "M44 96 Q40 44 84 38 Q150 30 156 96 Q146 72 128 62 Q88 78 60 66 Q50 78 44 96 Z",
)
_MOUTHS = ("M86 128 Q100 140 114 128", "M84 128 Q100 136 116 128", "M88 130 Q100 138 112 130")


def face_of(persona_id: str, name: str, *, old: bool = False) -> str:
    """The SVG document (200 by 200) of a persona: skin, hair and clothes by its seed; grey hair only where the
    data says that its people are `old`."""
    seed = seed_of(persona_id)
    skin, hair, cloth, ground, style, mouth = (
        _pick(options, seed >> shift) for options, shift in (
            (_SKIN, 0), (_HAIR, 8), (_CLOTH, 16), (_GROUND, 24), (_STYLES, 32), (_MOUTHS, 40),
        )
    )  # fmt: skip
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200" role="img" '
        f'aria-label="{escape(name, quote=True)}"><title>{escape(name)}</title>'
        f'<rect width="200" height="200" rx="24" fill="{ground}"/>'
        f'<path d="M30 200 Q36 158 100 156 Q164 158 170 200 Z" fill="{cloth}"/>'
        f'<rect x="86" y="138" width="28" height="30" rx="12" fill="{skin}"/>'
        f'<ellipse cx="100" cy="98" rx="48" ry="54" fill="{skin}"/>'
        f'<path d="{style}" fill="{_GREY if old else hair}"/>'
        '<circle cx="82" cy="102" r="5" fill="#2b2622"/><circle cx="118" cy="102" r="5" fill="#2b2622"/>'
        f'<path d="{mouth}" fill="none" stroke="#8c4a3f" stroke-width="4" stroke-linecap="round"/></svg>'
    )


def _pick(options: tuple[str, ...], number: int) -> str:
    return options[number % len(options)]
