"""Lists are complete, in order, filtered, and paged without loss."""

from tests.running import body_of
from tests.services.social.running import Social, mention


async def test_pages_hold_everything_once_newest_first(social: Social) -> None:
    times = [f"2026-11-{1 + n % 9:02d}T08:00:00+07:00" for n in range(25)]
    await social.send(*[mention(f"m{n}", "ổn", published_at=time) for n, time in enumerate(times)])
    seen, cursor = [], ""
    while True:
        answer = await social.get(f"/v1/mentions?limit=4{cursor}")
        seen += answer["items"]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert len({item["id"] for item in seen}) == len(seen) == 25
    assert [item["published_at"] for item in seen] == sorted(times, reverse=True)


async def test_filters_narrow_by_topic_sentiment_platform_and_time(social: Social) -> None:
    topic = await social.listen("Mây Hiên", "mây hiên")
    await social.send(
        mention("a", "Mây Hiên giao nhanh, rất hài lòng", published_at="2026-11-01T23:59:59+07:00"),
        mention("b", "May Hien giao chậm, quá tệ", published_at="2026-11-02T00:00:00+07:00"),
        mention(
            "c", "Quán bên cạnh quá tệ", platform="google_maps", published_at="2026-11-03T00:00:00+07:00"
        ),
    )
    await social.settled()

    async def found(query: str) -> list[str]:
        return [item["id"] for item in (await social.get(f"/v1/mentions?{query}"))["items"]]

    assert await found(f"topic={topic}") == ["b", "a"]
    assert await found("sentiment=negative") == ["c", "b"]
    assert await found("platform=google_maps") == ["c"]
    assert await found("from=2026-11-02&to=2026-11-02") == ["b"]
    assert await found("from=2026-11-01T17:00:00Z&to=2026-11-03T00:00:00%2B07:00") == ["b"]
    assert await found("to=2026-11-02T00:00:00+07:00") == ["a"]
    assert await found(f"topic={topic}&sentiment=positive") == ["a"]


async def test_questions_that_make_no_sense_are_told_so(social: Social) -> None:
    for query, status in (
        ("platform=myspace", 422),
        ("from=gestern", 422),
        ("from=2026-11-02&to=2026-11-01", 422),
        ("cursor=xyz", 422),
        ("topic=0193aaaa-0000-7000-8000-000000000000", 404),
        ("topic=x", 404),
        ("limit=0", 422),
    ):
        reply = await social.ask("GET", f"/v1/mentions?{query}")
        assert reply.status == status, query
        assert body_of(reply)["type"].startswith("https://chandung.dev/problems/")
