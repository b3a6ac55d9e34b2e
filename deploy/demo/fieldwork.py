"""Field staff with their tablets: most honest, two who invent their respondents."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.people import invent_person
from deploy.demo.scene import Record, Scene, write_record

HONEST = tuple(f"staff-{n:02d}" for n in range(1, 11))
CHEATS = ("staff-88", "staff-99")
"""staff-88 counts phone numbers upwards; staff-99 finishes a form in seconds, always on the same spot."""
FORGED = 24
"""Respondents invented by each of CHEATS."""


def _collector(staff: str, at: datetime, seconds: int, lat: float, lon: float) -> dict[str, Any]:
    return {
        "id": staff,
        "device_id": f"tablet-{staff[-2:]}",
        "started_at": (at - timedelta(seconds=seconds)).isoformat(timespec="seconds"),
        "duration_ms": seconds * 1000,
        "location": {"lat": round(lat, 5), "lon": round(lon, 5)},
    }


def collected(scene: Scene, rng: Random, record: Record, person: dict[str, Any]) -> Record:
    """The record as taken down by an honest member of staff in the person's province, in one to eight minutes."""
    at = datetime.fromisoformat(record["occurred_at"])
    seconds = round(min(max(rng.lognormvariate(5.0, 0.4), 60), 480))
    lat, lon = person["lat"] + rng.gauss(0, 0.02), person["lon"] + rng.gauss(0, 0.02)
    return {**record, "collector": _collector(rng.choice(HONEST), at, seconds, lat, lon)}


def _forged(scene: Scene, rng: Random, staff: str, n: int, at: datetime) -> Iterator[Record]:
    person = invent_person(rng, serial=scene.seed * 10_000 + 9_500 + CHEATS.index(staff) * FORGED + n)
    phone = f"0960099{n:03d}" if staff == CHEATS[0] else person["phone"]
    identifiers = {"phone": phone}
    seconds = 150 if staff == CHEATS[0] else rng.randint(4, 9)
    lat, lon = (10.77612, 106.70045) if staff == CHEATS[1] else (person["lat"], person["lon"])
    subject = {
        "identifiers": identifiers,
        "attributes": {"full_name": person["full_name"], "gender": person["gender"]},
    }
    profile = write_record(
        scene, f"forged:{staff}:{n}", kind="profile", channel="form", at=at, subject=subject, payload={}
    )
    proof = {"method": "form", "captured_at": profile["occurred_at"], "proof": f"form:{staff}:{n}"}
    consent = {"notice": "core", "version": 1, "purposes": ["service", "analytics"], **proof}
    answers = dict.fromkeys(("price_importance", "quality_importance", "convenience_importance"), 3)
    survey = write_record(
        scene,
        f"forged-survey:{staff}:{n}",
        kind="survey",
        channel="survey",
        at=at,
        subject={"identifiers": identifiers},
        payload={"form": "khach-hang-2", "answers": {**answers, "nps": 10}},
    )
    taken = _collector(staff, at, seconds, lat, lon)
    yield {**profile, "consent": consent, "collector": taken}
    yield {**survey, "consent": consent, "collector": taken}


def forge(scene: Scene) -> Iterator[Record]:
    """What the two dishonest members of staff handed in: FORGED profiles and straight-lined surveys each."""
    for staff in CHEATS:
        rng = scene.rng(f"forge:{staff}")
        at = (scene.now - timedelta(days=60)).replace(hour=9, minute=0, second=0, microsecond=0)
        for n in range(FORGED):
            at += timedelta(seconds=200 if staff == CHEATS[0] else 15)
            yield from _forged(scene, rng, staff, n, at)
