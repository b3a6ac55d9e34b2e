"""What people correct stands, is learned, and never makes the reading worse."""

from pathlib import Path
from typing import Any

import pytest

from kernel.ids import new_id
from services.social.analysis.domain.linear import BadModel
from services.social.app import create_app
from services.social.models import jobs
from services.social.models.training import Outcome, retrain
from services.social.settings import SocialSettings
from services.social.training.domain.examples import Example
from tests.running import body_of, places, until
from tests.services.social.running import Social, mention, running


async def act(social: Social, path: str, body: Any = None) -> Any:
    reply = await social.ask("POST", path, body)
    assert reply.status in (202, 204), reply.body
    return body_of(reply) if reply.body else None


async def first(social: Social) -> dict[str, Any]:
    found: dict[str, Any] = (await social.get("/v1/mentions"))["items"][0]
    return found


async def finished(social: Social, job: str) -> dict[str, Any]:
    async def ended() -> Any:
        told = await social.get(f"/v1/social/jobs/{job}")
        return told if told["state"] in ("done", "failed") else None

    found: dict[str, Any] = await until(ended, within=120)
    return found


async def test_a_disputed_analysis_waits_for_a_person_whose_word_stands_and_is_published(
    social: Social,
) -> None:
    await social.send(mention("a1", "giao hàng nhanh, rất hài lòng, cảm ơn shop"))
    await social.settled()
    seen = await first(social)
    assert (await social.get("/v1/social/reviews"))["items"] == []
    await act(social, f"/v1/mentions/{seen['mention_id']}/dispute")
    (waiting,) = (await social.get("/v1/social/reviews"))["items"]
    assert (waiting["mention_id"], waiting["why"]) == (seen["mention_id"], "disputed")
    labels = {"sentiment": "negative", "intents": ["complaint"], "spam": "clean"}
    await act(social, f"/v1/mentions/{seen['mention_id']}/labels", labels)
    await social.settled()
    now = await first(social)
    assert now["sentiment"] == {"label": "negative", "score": 1.0, "abstained": False}
    assert (now["intents"], now["version"], now["emotion"]) == (["complaint"], 2, seen["emotion"])
    assert now["model"] == seen["model"] + "+review"
    assert (await social.get("/v1/social/reviews"))["items"] == []
    told = {event.mention_version: event.sentiment for event in await social.published()}
    assert told == {1: "positive", 2: "negative"}


async def test_what_is_abstained_from_waits_for_a_person(social: Social) -> None:
    await social.send(mention("a1", "123 456"))
    await social.settled()
    (waiting,) = (await social.get("/v1/social/reviews"))["items"]
    assert waiting["why"] == "abstained"
    await act(social, f"/v1/mentions/{waiting['mention_id']}/labels", {"sentiment": "neutral"})
    assert (await social.get("/v1/social/reviews"))["items"] == []


async def test_labels_are_of_known_words_and_of_known_mentions(social: Social) -> None:
    path = f"/v1/mentions/{new_id()}/labels"
    assert (await social.ask("POST", path, {"sentiment": "negative"})).status == 404
    assert (await social.ask("POST", path, {"sentiment": "angry"})).status == 422
    assert (await social.ask("POST", path, {})).status == 422


async def test_everything_is_analysed_anew_with_progress(social: Social) -> None:
    await social.send(*[mention(f"m{n}", f"hàng đẹp {n}") for n in range(30)])
    await social.settled()
    job = (await act(social, "/v1/social/reanalyses"))["job"]
    told = await finished(social, job)
    await social.settled()
    assert (told["state"], told["done"], told["total"]) == ("done", 30, 30)
    assert {item["version"] for item in (await social.get("/v1/mentions"))["items"]} == {2}
    assert len(await social.published()) == 60


def test_a_training_learns_what_people_corrected() -> None:
    """The real training, on a part of the corpus: a word that nobody but this company uses."""
    said = ["cái này zyxo ghê", "nhân viên zyxo quá", "zyxo thật sự", "bánh zyxo luôn", "lại zyxo nữa rồi"]
    learn = [Example(f"{text} {n}", sentiment="negative", source="own") for text in said for n in range(6)]
    held = [Example(f"quán zyxo lắm {n}", sentiment="negative", source="own") for n in range(6)]
    made = retrain("company-1", learn, held, None, size=1_000)
    assert made.after["own/sentiment"] > made.before["own/sentiment"]
    assert made.file[:2] == b"PK"


@pytest.mark.parametrize("lost", [(), ("frozen/sentiment",)])
async def test_a_better_model_answers_and_a_worse_one_is_rejected(
    social: Social, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: tuple[str, ...]
) -> None:
    from services.social.training.fitting import train

    words = [
        Example(f"{word} {n}", sentiment=label)
        for n in range(12)
        for word, label in (("zyxo", "negative"), ("abri", "positive"))
    ]
    train(words, tmp_path / "small.npz", name="small-1")
    outcome = Outcome(
        (tmp_path / "small.npz").read_bytes(), {"frozen/sentiment": 0.7}, {"frozen/sentiment": 0.5}, lost
    )
    monkeypatch.setattr(jobs.Readers, "run", _told(outcome, jobs.Readers.run))
    await social.send(mention("a1", "zyxo"))
    await social.settled()
    before = await first(social)
    told = await finished(social, (await act(social, "/v1/social/models/train"))["job"])
    assert told["state"] == "done"
    (model,) = (await social.get("/v1/social/models"))["items"]
    if lost:
        assert (model["state"], model["lost"], told["trouble"]) == (
            "rejected",
            list(lost),
            "worse: frozen/sentiment",
        )
        assert (await first(social))["model"] == before["model"]
        return
    assert model["state"] == "active"
    await until(lambda: _read_by(social, "small-1"))
    assert (await first(social))["sentiment"]["label"] == "negative"
    await finished(social, (await act(social, "/v1/social/models/shipped/activate"))["job"])
    await until(lambda: _read_by(social, before["model"]))
    assert (await social.get("/v1/social/models"))["items"][0]["state"] == "kept"


async def _read_by(social: Social, model: str) -> bool:
    return bool((await first(social))["model"] == model)


def _told(outcome: Outcome, run: Any) -> Any:
    """Readers that do everything themselves but training, whose outcome is given."""

    async def instead(self: Any, work: Any, *args: Any) -> Any:
        return outcome if work is retrain else await run(self, work, *args)

    return instead


async def test_a_model_that_was_given_answers_from_the_start(tmp_path: Path) -> None:
    from services.social.training.fitting import train

    words = [
        Example(f"{word} {n}", sentiment=label)
        for n in range(12)
        for word, label in (("zyxo", "negative"), ("abri", "positive"))
    ]
    train(words, tmp_path / "own.npz", name="shop-1")
    async with running(tmp_path, social_model=tmp_path / "own.npz") as social:
        reply = await social.ask("POST", "/v1/texts/analyze", {"texts": ["zyxo"]})
        (found,) = body_of(reply)["items"]
    assert (found["model"], found["sentiment"]["label"]) == ("shop-1", "negative")


def test_a_damaged_model_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "own.npz").write_bytes(b"PK no model")
    with pytest.raises(BadModel):
        create_app(SocialSettings(**places(tmp_path), social_model=tmp_path / "own.npz"))
