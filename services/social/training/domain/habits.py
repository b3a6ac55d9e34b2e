"""How people type: shorthand, no diacritics, dropped letters, long letters, signs. A text keeps its meaning."""

import random
import re

from services.social.analysis.domain.tokens import strip_accents

_SHORT = {
    "không": "ko k hok hong kh khum", "được": "dc đc", "gì": "j", "mình": "m mk mik", "nhưng": "nhg nhưg", "với": "vs",
    "rồi": "r rùi", "quá": "wá qá", "sản phẩm": "sp", "nhân viên": "nv", "chất lượng": "cl", "bình thường": "bt bth",
    "mọi người": "mn mng", "cũng": "cx cg", "vậy": "z dz", "biết": "bik bít", "thích": "thik thix", "nhiều": "nhìu",
    "người": "ng", "trả lời": "rep", "nhanh": "nhah", "điện thoại": "đt dt", "bảo hành": "bh", "giao hàng": "gh",
    "cảm ơn": "tks thanks cảm ưn", "yêu": "iu", "luôn": "lun", "vẫn": "vx", "trước": "trc", "như": "nhu", "lắm": "lém",
    "khách hàng": "kh", "giảm giá": "gg", "khuyến mãi": "km", "đẹp": "đep", "ứng dụng": "app", "sinh viên": "sv",
    "giảng viên": "gv", "thầy": "thay", "chuyển khoản": "ck", "đánh giá": "đgiá", "bạn": "bn", "hàng": "hag",
}  # fmt: skip
_PATTERNS = [(re.compile(rf"(?<!\w){long}(?!\w)"), shorts.split()) for long, shorts in _SHORT.items()]
_VOWEL_END = re.compile(r"([aăâeêioôơuưyáàảãạéèẻẽẹíìỉĩịóòỏõọúùủũụ])(?=\s|$)")


def shorten(text: str, dice: random.Random, share: float = 0.6) -> str:
    """Words written as people abbreviate them, each kind of word with the chance `share`."""
    for pattern, shorts in _PATTERNS:
        if pattern.search(text) and dice.random() < share:
            text = pattern.sub(dice.choice(shorts), text)
    return text


def stretch(text: str, dice: random.Random) -> str:
    """One word end held for longer: `quá` -> `quáaaa`."""
    ends = list(_VOWEL_END.finditer(text))
    if not ends:
        return text
    at = dice.choice(ends).end()
    return text[:at] + strip_accents(text[at - 1]) * dice.randint(1, 4) + text[at:]


def slip(text: str, dice: random.Random) -> str:
    """Two neighbouring letters swapped, or one lost."""
    if len(text) < 12:
        return text
    at = dice.randrange(1, len(text) - 2)
    if not (text[at].isalpha() and text[at + 1].isalpha()):
        return text
    return text[:at] + (text[at + 1] + text[at] if dice.random() < 0.5 else text[at + 1]) + text[at + 2 :]


def disturb(text: str, dice: random.Random) -> str:
    """A text as one of many people would type it."""
    roll = dice.random
    if roll() < 0.35:
        text = shorten(text, dice)
    if roll() < 0.1:
        text = stretch(text, dice)
    if roll() < 0.1:
        text = slip(text, dice)
    if roll() < 0.2:
        text = text[:1].upper() + text[1:]
    if roll() < 0.15:
        text += dice.choice((".", "!", "!!!", "...", " :v", " ạ", " nha", " nhé", " ạ!"))
    return text if roll() > 0.12 else bare(text)


def bare(text: str) -> str:
    """A text as typed without diacritics."""
    return strip_accents(text.lower())
