"""Sentences as people write them: full diacritics, none, teencode, emoji, and now and then somebody's data."""

from random import Random
from typing import Any

from deploy.demo.people import plain, write_phone
from deploy.demo.sheets import sheet


def _product(rng: Random, categories: list[str]) -> str:
    rows = sheet("products")["categories"][rng.choice(categories)]
    name: str = rng.choice(rows)[1]
    return name.split(" (", maxsplit=1)[0]


def fill(rng: Random, template: str) -> str:
    """The template with a product {p}, a coffee {c}, the brand {b}, a rival {r} and a {place} put in."""
    words = sheet("utterances")
    return template.format(
        p=_product(rng, list(sheet("products")["categories"])),
        c=_product(rng, ["coffee_beans"]),
        b=rng.choice(words["brand"]),
        r=rng.choice(words["rival"]),
        place=rng.choice(sheet("places")["province"])["name"],
    )


def _teencode(text: str) -> str:
    for word, short in sheet("utterances")["teencode"].items():
        text = text.replace(f" {word} ", f" {short} ")
    return text


def roughen(rng: Random, text: str, *, good: bool) -> str:
    """The same words in somebody's own style: half stay as they are."""
    draw = rng.random()
    if draw < 0.2:
        text = plain(text)
    elif draw < 0.38:
        text = _teencode(text.lower())
    elif draw < 0.44:
        text = plain(_teencode(text.lower()))
    elif draw < 0.5:
        text = text + text[-1] * rng.randint(2, 5)
    if rng.random() < 0.25:
        text = f"{text} {rng.choice(sheet('utterances')['emoji_good' if good else 'emoji_bad'])}"
    return text


def aside(rng: Random, person: dict[str, Any]) -> str:
    """A sentence in which somebody gives away invented personal data, to be redacted downstream."""
    return str(rng.choice(sheet("utterances")["pii"])).format(
        phone=write_phone(rng, person["phone"]),
        name=person["full_name"],
        email=person["email"],
        national_id=person["national_id"],
        line=person["address"]["line"],
        ward=person["address"]["ward"],
    )


def opinion(rng: Random, mood: str, person: dict[str, Any], *, leak: float = 0.08) -> str:
    """A sentence of the mood (`aspect_good` or `aspect_bad`); with chance `leak` it carries personal data."""
    words = sheet("utterances")
    parts = [fill(rng, rng.choice(words["by"][mood])), rng.choice(words["tails"])]
    text = roughen(rng, ", ".join(part for part in parts if part), good=mood.endswith("good"))
    return f"{text}, {aside(rng, person)}" if rng.random() < leak else text


def stars(rng: Random, mood: str) -> int:
    """A rating 1 .. 5 that mostly agrees with the words, as ratings do."""
    if rng.random() < 0.06:
        return rng.randint(1, 5)
    return rng.choice((4, 5, 5)) if mood.endswith("good") else rng.choice((1, 2, 2, 3))
