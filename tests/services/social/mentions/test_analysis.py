"""What is stored is analysed and published, each version once, also over a crash."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from services.social.analysis.domain import analyse
from services.social.mentions import service
from services.social.topics.service import TopicBook
from tests.services.social.running import Social, mention, running


async def test_each_version_is_published_once(social: Social) -> None:
    topic = await social.listen("Mây Hiên", "mây hiên")
    await social.send(*[mention(f"m{n}", f"may hien giao nhanh lần {n}") for n in range(300)])
    await social.settled()
    await social.send(mention("m7", "mây hiên giao chậm", rating=1))
    await social.settled()
    events = await social.published()
    assert Counter(event.mention_version for event in events) == {1: 300, 2: 1}
    assert len({event.mention_id for event in events}) == 300
    (edited,) = [event for event in events if event.mention_version == 2]
    assert (edited.text, edited.sentiment, edited.rating) == ("mây hiên giao chậm", "negative", 1.0)
    assert edited.topics == (topic,)
    assert (edited.subject, edited.record_id, edited.platform) == (None, None, "facebook")
    assert edited.occurred_at == datetime(2026, 11, 20, 3, 2, 11, tzinfo=UTC)


async def test_two_that_analysed_the_same_publish_it_once_and_an_edit_meanwhile_waits_on(
    social: Social,
) -> None:
    social.app.state.chassis.jobs.clear()
    for task in social.app.state.chassis._tasks[3:]:
        task.cancel()  # the job of this app: the test does its work by hand
    await social.send(mention("a", "đẹp"), mention("b", "xấu"))
    async with social.database.snapshot() as view:
        seen = await service.take_pending(view, 10)
    await social.send(mention("b", "tốt"))
    counts = []
    for _ in range(2):
        async with social.database.transaction() as tx:
            matcher = await TopicBook().matcher(tx)
            analyses = analyse([row.text for row in seen])
            counts.append(await service.record_analyses(tx, seen, analyses, matcher))
    assert counts == [1, 0]
    async with social.database.snapshot() as view:
        assert [row.text for row in await service.take_pending(view, 10)] == ["tốt"]


async def test_a_restart_takes_up_what_was_left(tmp_path: Path) -> None:
    async with running(tmp_path) as social:
        await social.send(*[mention(f"m{n}", "rất hài lòng") for n in range(50)])
    async with running(tmp_path) as social:
        await social.settled()
        assert len({event.mention_id for event in await social.published()}) == 50
        assert len(await social.published()) == 50
        assert [r["status"] for r in await social.send(mention("m0", "rất hài lòng"))] == ["duplicate"]


async def test_ways_to_reach_somebody_count_as_spam_though_they_are_not_kept(social: Social) -> None:
    text = "Nhận làm bằng cấp giá rẻ, inbox zalo 0912 345 678 để được tư vấn miễn phí, giảm giá 50%"
    await social.send(mention("a", text))
    await social.settled()
    (item,) = (await social.get("/v1/mentions"))["items"]
    assert "[phone]" in item["text"]
    assert item["spam"] == {"label": analyse([text])[0].spam.label, "score": analyse([text])[0].spam.score}
