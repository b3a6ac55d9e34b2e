"""Topics reach new mentions at once and older ones in the background."""

from typing import Any

from tests.running import body_of
from tests.services.social.running import Social, mention


async def test_a_new_topic_reaches_older_mentions_too(social: Social) -> None:
    await social.send(*[mention(f"m{n}", "Mây Hiên" if n % 2 else "quán khác") for n in range(40)])
    await social.settled()
    topic = await social.listen("Mây Hiên", "mây hiên")
    await social.settled()
    await social.send(mention("new", "may hien day"))
    await social.settled()
    items = (await social.get(f"/v1/mentions?topic={topic}&limit=100"))["items"]
    assert {item["id"] for item in items} == {"new", *(f"m{n}" for n in range(1, 40, 2))}
    assert all(item["topics"] == [topic] for item in items)
    (listed,) = (await social.get("/v1/topics"))["items"]
    assert (listed["id"], listed["any"], listed["labelled"]) == (topic, ["mây hiên"], True)


async def test_an_edit_leaves_the_topic_that_it_no_longer_speaks_of(social: Social) -> None:
    topic = await social.listen("Mây Hiên", "mây hiên")
    await social.send(mention("a", "mây hiên"))
    await social.settled()
    await social.send(mention("a", "nhầm quán"))
    await social.settled()
    assert (await social.get(f"/v1/mentions?topic={topic}"))["items"] == []


async def test_topics_are_listed_in_pages(social: Social) -> None:
    made = [await social.listen(f"t{n}", f"từ {n}", kind="theme") for n in range(5)]
    first = await social.get("/v1/topics?limit=3")
    rest = await social.get(f"/v1/topics?limit=3&cursor={first['next_cursor']}")
    assert [item["id"] for item in first["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None


async def test_a_topic_without_a_word_to_find_is_refused(social: Social) -> None:
    good = {"name": "x", "kind": "brand", "any": ["mây"]}
    changes: list[dict[str, Any]] = [
        {"any": []},
        {"any": ["!!!"]},
        {"kind": "mood"},
        {"name": " "},
        {"none": ["?"]},
        {"all": 3},
    ]
    for change in changes:
        reply = await social.ask("POST", "/v1/topics", good | change)
        assert reply.status == 422, change
        assert body_of(reply)["errors"][0]["pointer"].startswith("/")
