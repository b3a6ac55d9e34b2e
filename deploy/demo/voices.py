"""What customers say when asked or moved to: surveys, feedback, interviews; and what the street says of rivals."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.customers import Customer
from deploy.demo.fieldwork import collected
from deploy.demo.scene import Record, Scene, at_hour, identifiers_of, write_record
from deploy.demo.sheets import sheet
from deploy.demo.shopping import habits
from deploy.demo.texts import aside, fill, opinion, roughen, stars


def _moment(rng: Random, customer: Customer) -> datetime:
    """Some time after the first days as a customer: the second half of the stay is likelier."""
    stay = customer.left - customer.joined
    return customer.joined + stay * max(rng.random(), rng.random())


def _answers(rng: Random, customer: Customer) -> dict[str, Any]:
    means = customer.kind["answers"]
    answers: dict[str, Any] = {
        question: min(max(round(rng.gauss(mean, 0.75)), 1), 5)
        for question, mean in means.items()
        if question != "nps"
    }
    answers["nps"] = min(max(round(rng.gauss(means["nps"], 1.3)), 0), 10)
    answers["main_need"] = rng.choice(habits(rng, customer)["needs"])
    why = str(rng.choice(sheet("utterances")["why"][customer.archetype]))
    answers["why"] = roughen(rng, why, good=answers["nps"] > 6)
    if rng.random() < 0.6:
        improve = str(rng.choice(sheet("utterances")["improve"][customer.archetype]))
        leak = f", {aside(rng, customer.person)}" if rng.random() < 0.05 else ""
        answers["improve"] = roughen(rng, improve, good=False) + leak
    for question in [q for q in means if q != "nps" and rng.random() < 0.07]:
        del answers[question]  # people skip questions
    return answers


def answer(scene: Scene, customer: Customer) -> Iterator[Record]:
    """A survey, for those who take part; half of them face to face."""
    rng = scene.rng(f"survey:{customer.index}")
    if rng.random() >= customer.kind["survey"]:
        return
    record = write_record(
        scene,
        f"survey:{customer.index}",
        kind="survey",
        channel="survey",
        at=at_hour(rng, _moment(rng, customer), [9, 11, 15, 19, 20], 0.2),
        subject={"identifiers": identifiers_of(rng, customer, "crm")},
        payload={"form": "khach-hang-2", "answers": _answers(rng, customer)},
    )
    yield collected(scene, rng, record, customer.person) if rng.random() < 0.5 else record


def _mood(rng: Random, customer: Customer) -> str:
    mood: dict[str, int] = habits(rng, customer)["mood"]
    return rng.choices(list(mood), weights=list(mood.values()))[0]


def react(scene: Scene, customer: Customer) -> Iterator[Record]:
    """Up to three reviews, e-mails or calls, with a text and a rating."""
    rng = scene.rng(f"react:{customer.index}")
    for n in range(3):
        if rng.random() >= customer.kind["feedback"]:
            continue
        mood = _mood(rng, customer)
        yield write_record(
            scene,
            f"feedback:{customer.index}:{n}",
            kind="feedback",
            channel=rng.choice(("web", "app", "email", "call")),
            at=at_hour(rng, _moment(rng, customer), customer.kind["hours"], 0.2),
            subject={"identifiers": identifiers_of(rng, customer, rng.choice(("web", "app")))},
            payload={"text": opinion(rng, mood, customer.person), "rating": stars(rng, mood)},
        )


def talk(scene: Scene, customer: Customer) -> Iterator[Record]:
    """One in twelve sits down for an interview: a few sentences."""
    rng = scene.rng(f"talk:{customer.index}")
    if rng.random() >= 1 / 12:
        return
    mood, words = _mood(rng, customer), sheet("utterances")
    sentences = [
        rng.choice(words["why"][customer.archetype]),
        opinion(rng, mood, customer.person, leak=0.15),
        rng.choice(words["improve"][customer.archetype]),
    ]
    yield write_record(
        scene,
        f"interview:{customer.index}",
        kind="interview",
        channel="interview",
        at=at_hour(rng, _moment(rng, customer), [10, 14, 16], 0.1),
        subject={"identifiers": {"external_id": customer.external_id}},
        payload={"text": ". ".join(sentences) + ".", "rating": stars(rng, mood)},
    )


def note_market(scene: Scene, count: int = 14) -> Iterator[Record]:
    """Notes about rivals, about no person."""
    rng = scene.rng("market")
    for n in range(count):
        yield write_record(
            scene,
            f"market:{n}",
            kind="market_note",
            channel="competitor",
            at=at_hour(rng, scene.now - timedelta(days=rng.uniform(8, 360)), [9, 16], 0.1),
            subject=None,
            payload={"text": fill(rng, rng.choice(sheet("utterances")["market"]))},
        )
