"""What people say of Mây Hiên and a rival in public: opinions, questions, spam, and one bad week of deliveries."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.customers import ARCHETYPES, SEED, kind_weights
from deploy.demo.people import invent_person
from deploy.demo.scene import Scene, set_scene
from deploy.demo.sheets import sheet
from deploy.demo.texts import fill, opinion, roughen, stars

PLATFORMS = {
    "facebook": 26, "tiktok": 16, "shopee": 14, "google_maps": 10, "instagram": 8, "zalo": 6, "youtube": 6,
    "lazada": 4, "google_play": 4, "forum": 3, "threads": 3,
}  # fmt: skip
RATED = frozenset({"shopee", "lazada", "google_maps", "google_play"})
CRISIS_DAYS_AGO, CRISIS_SHARE = 40, 0.09
"""A stretch of three days in which this share of all mentions complains of deliveries: a spike to be found."""
Said = tuple[str, int | None, str | None]
"""Text, rating (where the words imply one), language (where the platform says it)."""


def _praise_or_blame(rng: Random, person: dict[str, Any]) -> Said:
    name = rng.choices(ARCHETYPES, weights=kind_weights())[0]
    mood: dict[str, int] = sheet("archetypes")[name]["mood"]
    chosen = rng.choices(list(mood), weights=list(mood.values()))[0]
    return opinion(rng, chosen, person, leak=0.05), stars(rng, chosen), None


def _question(rng: Random, person: dict[str, Any]) -> Said:
    return roughen(rng, fill(rng, rng.choice(sheet("utterances")["questions"])), good=True), None, None


def _rival(rng: Random, person: dict[str, Any]) -> Said:
    return roughen(rng, fill(rng, rng.choice(sheet("utterances")["rival_talk"])), good=True), None, None


def _spam(rng: Random, person: dict[str, Any]) -> Said:
    words = sheet("utterances")
    return fill(rng, rng.choice(words["spam"] + words["seeding"])), 5, None


def _english(rng: Random, person: dict[str, Any]) -> Said:
    return fill(rng, rng.choice(sheet("utterances")["english"])), None, "en"


VOICES: tuple[tuple[int, Callable[[Random, dict[str, Any]], Said]], ...] = (
    (66, _praise_or_blame),
    (11, _question),
    (12, _rival),
    (8, _spam),
    (3, _english),
)


def _complaint(rng: Random, person: dict[str, Any]) -> Said:
    return opinion(rng, "delivery_bad", person, leak=0.03), rng.choice((1, 1, 2)), None


def _mention(scene: Scene, rng: Random, name: str, said: Said, at: datetime) -> dict[str, Any]:
    text, rating, lang = said
    platform = rng.choices(list(PLATFORMS), weights=list(PLATFORMS.values()))[0]
    mention: dict[str, Any] = {
        "id": scene.id_of(name),
        "platform": platform,
        "author": {"handle": f"khach_{rng.randrange(420):03d}"},
        "text": text,
        "url": f"https://{platform.replace('_', '-')}.example.com/p/{scene.id_of(name)[:8]}",
        "published_at": at.isoformat(timespec="seconds"),
        "metrics": {"likes": int(rng.paretovariate(0.9)) - 1, "replies": rng.choice((0, 0, 0, 1, 2, 5))},
    }
    if lang:
        mention["lang"] = lang
    if platform in RATED and rating is not None:
        mention["rating"] = rating
    return mention


def _one(scene: Scene, rng: Random, n: int) -> dict[str, Any]:
    person = invent_person(rng)
    if rng.random() < CRISIS_SHARE:
        at = scene.now - timedelta(days=CRISIS_DAYS_AGO - rng.uniform(0, 3))
        return _mention(scene, rng, f"mention:{n}", _complaint(rng, person), at)
    voice = rng.choices([say for _, say in VOICES], weights=[weight for weight, _ in VOICES])[0]
    at = scene.now - timedelta(days=rng.uniform(0.1, 364))
    return _mention(scene, rng, f"mention:{n}", voice(rng, person), at)


def mentions(
    *, seed: int = SEED, count: int = 800, now: datetime, source: str = "default"
) -> Iterator[dict[str, Any]]:
    """About `count` public utterances of the 12 months up to `now`, in order of time, as `POST /v1/mentions/batch` takes.

    After them a handful that were edited later (same id, other text) and a handful sent twice. Same arguments: same
    mentions. ValueError if `now` has no offset.
    """
    scene = set_scene(seed, now, source)
    rng = scene.rng("mentions")
    said = [_one(scene, rng, n) for n in range(count)]
    said.sort(key=lambda mention: str(mention["published_at"]))
    yield from said
    for mention in rng.sample(said, min(5, count)):
        yield {**mention, "text": f"{mention['text']} (sửa: shop đã liên hệ xin lỗi)"}
    yield from rng.sample(said, min(5, count))
