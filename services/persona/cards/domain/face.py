"""A persona's face: an SVG drawn by our own hand, the same for ever, that says nothing about behaviour."""

from html import escape
from typing import NamedTuple

from services.persona.cards.domain.words import seed_of

_SKIN = (
    ("#f8dcc0", "#e8b98f"),
    ("#f0c8a0", "#d9a273"),
    ("#e2b184", "#c68d5c"),
    ("#cb9468", "#a9724a"),
    ("#ab7550", "#875637"),
)
"""Each with its shade."""
_HAIR = ("#1f1a17", "#2d221c", "#3b2a20", "#4f3a2b", "#6a4a35")
_GREY = "#a9a6a1"
_CLOTH = (("#2f7d8f", "#245f6d"), ("#7d5a96", "#5f4374"), ("#3f8a63", "#2f6a4c"), ("#c0694a", "#964f36"), ("#56618c", "#40496b"), ("#b78a35", "#8e6a26"))  # fmt: skip
_GROUND = (("#dff1f4", "#b9dfe6"), ("#efe4f6", "#d8c3e8"), ("#e0f3e8", "#bfe3cd"), ("#fbe9df", "#f3cbb6"), ("#e6e9f6", "#c7cfea"), ("#faf0d7", "#f0dba4"))  # fmt: skip
_BACKS = (
    "",
    "M50 98 C44 34 156 34 150 98 L151 130 C150 141 139 142 135 132 L65 132 C61 142 50 141 49 130 Z",
    "M48 98 C42 32 158 32 152 98 L158 172 C140 182 60 182 42 172 Z",
    "M82 36 a18 16 0 1 0 36 0 a18 16 0 1 0 -36 0 Z",
)
_FRONTS = (
    "M57 94 C52 50 84 40 108 42 C138 44 149 66 143 94 C140 78 130 69 113 67 C93 78 70 76 57 94 Z",
    "M57 92 C54 48 80 41 100 41 C122 41 147 48 143 92 C138 77 127 75 117 77 C105 79 91 79 81 77 C71 75 62 79 57 92 Z",
    "M58 88 C56 49 84 43 100 43 C118 43 144 49 142 88 C137 70 124 63 100 63 C76 63 63 70 58 88 Z",
    "M56 98 C50 54 78 41 100 44 C122 41 150 54 144 98 C140 77 117 67 100 54 C83 67 60 77 56 98 Z",
    "M57 92 C50 54 70 38 96 42 C112 34 146 44 144 92 C142 76 134 66 122 62 C112 72 96 60 84 66 C72 70 62 78 57 92 Z",
)
_MOUTHS = (
    '<path d="M84 121 Q100 136 116 121" fill="none" stroke="#8c4238" stroke-width="3.2" stroke-linecap="round"/>',
    '<path d="M85 120 Q100 139 115 120 Z" fill="#fff" stroke="#8c4238" stroke-width="2.6" stroke-linejoin="round"/>',
    '<path d="M87 123 Q101 132 114 120" fill="none" stroke="#8c4238" stroke-width="3.2" stroke-linecap="round"/>',
)
_GLASSES = (
    '<g fill="none" stroke="#3d4451" stroke-width="2.4"><circle cx="83" cy="99" r="12"/><circle cx="117" cy="99" r="12"/>'
    '<path d="M95 98 q5 -3.500 10 0 M71 97 L62 94 M129 97 L138 94"/></g>'
)
_COLLARS = (
    '<path d="M80 156 L100 178 L120 156 L113 152 L87 152 Z" fill="{skin}"/>',
    '<path d="M78 157 Q100 178 122 157 L116 152 L84 152 Z" fill="{skin}"/>',
    '<path d="M82 156 L100 172 L118 156 L126 163 L108 184 L100 174 L92 184 L74 163 Z" fill="{shade}"/>',
)


class _Look(NamedTuple):
    """What the seed chose."""

    skin: tuple[str, str]
    cloth: tuple[str, str]
    ground: tuple[str, str]
    hair: str
    back: str
    front: str
    mouth: str
    collar: str
    glasses: str


def ground_of(persona_id: str) -> tuple[str, str]:
    """The two colours behind a persona's face, light first: what else is drawn of it may take them up."""
    return _GROUND[(seed_of(persona_id) >> 24) % len(_GROUND)]


def face_of(persona_id: str, name: str, *, old: bool = False) -> str:
    """The SVG document (200 by 200) of a persona: skin, hair, glasses and clothes by its seed; grey hair only where the
    data says that its people are `old`."""
    look, key = _look(persona_id, old), f"g{seed_of(persona_id) % 10**8}"
    skin, shade = look.skin
    cloth, fold = look.cloth
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200" role="img" '
        f'aria-label="{escape(name, quote=True)}"><title>{escape(name)}</title>'
        f'<defs><linearGradient id="{key}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{look.ground[0]}"/>'
        f'<stop offset="1" stop-color="{look.ground[1]}"/></linearGradient>'
        f'<clipPath id="{key}c"><rect width="200" height="200"/></clipPath></defs>'
        f'<g clip-path="url(#{key}c)"><rect width="200" height="200" fill="url(#{key})"/>'
        f'<circle cx="100" cy="104" r="78" fill="#ffffff" opacity="0.38"/><path d="{look.back}" fill="{look.hair}"/>'
        f'<path d="M24 204 C27 170 60 160 84 154 L116 154 C140 160 173 170 176 204 Z" fill="{cloth}"/>'
        f'<path d="M86 126 h28 v26 c0 10 -28 10 -28 0 Z" fill="{shade}"/>'
        f"{look.collar.format(skin=shade, shade=fold)}"
        f'<ellipse cx="59" cy="101" rx="7" ry="10" fill="{shade}"/><ellipse cx="141" cy="101" rx="7" ry="10" fill="{shade}"/>'
        f'<path d="M59 92 C59 60 76 50 100 50 C124 50 141 60 141 92 C141 122 122 143 100 143 C78 143 59 122 59 92 Z" fill="{skin}"/>'
        f'<ellipse cx="74" cy="115" rx="8" ry="5" fill="#e0705a" opacity="0.22"/>'
        f'<ellipse cx="126" cy="115" rx="8" ry="5" fill="#e0705a" opacity="0.22"/>'
        f'<path d="{look.front}" fill="{look.hair}"/>'
        f'<g fill="none" stroke="{look.hair}" stroke-width="3" stroke-linecap="round"><path d="M75 88 q8 -5 16 -1"/>'
        '<path d="M109 87 q8 -4 16 1"/></g>'
        '<circle cx="83" cy="99" r="4.400" fill="#2b2622"/><circle cx="117" cy="99" r="4.400" fill="#2b2622"/>'
        '<circle cx="84.600" cy="97.400" r="1.400" fill="#fff"/><circle cx="118.600" cy="97.400" r="1.400" fill="#fff"/>'
        f'<path d="M100 102 q4 8 -1 10" fill="none" stroke="{shade}" stroke-width="2.600" stroke-linecap="round"/>'
        f"{look.mouth}{look.glasses}</g></svg>"
    )


def _look(persona_id: str, old: bool) -> _Look:
    seed = seed_of(persona_id)
    return _Look(
        skin=_SKIN[seed % len(_SKIN)],
        cloth=_CLOTH[(seed >> 16) % len(_CLOTH)],
        ground=ground_of(persona_id),
        hair=_GREY if old else _HAIR[(seed >> 8) % len(_HAIR)],
        back=_BACKS[(seed >> 32) % len(_BACKS)],
        front=_FRONTS[(seed >> 36) % len(_FRONTS)],
        mouth=_MOUTHS[(seed >> 40) % len(_MOUTHS)],
        collar=_COLLARS[(seed >> 44) % len(_COLLARS)],
        glasses=_GLASSES if (seed >> 48) % 3 == 0 else "",
    )
