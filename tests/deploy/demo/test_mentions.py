"""What the public says: of the contract's outline, mixed in tone, with one bad week of deliveries."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from deploy.demo.company import mentions
from deploy.demo.mentions import CRISIS_DAYS_AGO
from deploy.demo.study import study_body, topic_bodies

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
PLATFORMS = frozenset({"facebook", "instagram", "threads", "zalo", "tiktok", "youtube", "shopee", "tiktok_shop", "lazada", "tiki", "google_maps", "google_play", "app_store", "news", "forum", "blog", "survey", "other"})  # fmt: skip


def test_mentions_repeat_and_have_the_outline() -> None:
    said = list(mentions(now=NOW))
    assert said == list(mentions(now=NOW))
    assert len(said) == 810
    for mention in said:
        assert mention["platform"] in PLATFORMS
        assert mention["author"]["handle"]
        assert mention["text"].strip()
        assert NOW - timedelta(days=365) <= datetime.fromisoformat(mention["published_at"]) <= NOW
        assert 1 <= mention.get("rating", 1) <= 5


def test_five_are_edited_and_five_sent_twice() -> None:
    first: dict[str, str] = {}
    again = Counter[bool]()
    for mention in mentions(now=NOW):
        if mention["id"] in first:
            again[first[mention["id"]] == mention["text"]] += 1
        else:
            first[mention["id"]] = mention["text"]
    assert again == {False: 5, True: 5}


def test_three_days_stand_out_by_volume() -> None:
    days = Counter(datetime.fromisoformat(m["published_at"]).date() for m in mentions(now=NOW))
    crisis = (NOW - timedelta(days=CRISIS_DAYS_AGO)).date()
    loudest = [day for day, _ in days.most_common(3)]
    assert all(abs((day - crisis).days) <= 4 for day in loudest)
    assert days[loudest[0]] > 3 * sorted(days.values())[len(days) // 2]


def test_brand_and_rival_are_both_spoken_of() -> None:
    topics = {topic["kind"]: topic["any"] for topic in topic_bodies()}
    heard = Counter(
        kind
        for m in mentions(now=NOW)
        for kind, words in topics.items()
        if any(w in m["text"].lower() for w in words)
    )
    assert heard["brand"] > 150
    assert heard["competitor"] > 50
    assert heard["theme"] > 80


def test_the_study_states_objective_metric_and_a_year() -> None:
    body = study_body(NOW)
    assert body["objective"]
    assert body["success_metric"] == {"kind": "repeat_purchase", "horizon_days": 90}
    assert body["audience"] == {}
    span = datetime.fromisoformat(body["window"]["to"]) - datetime.fromisoformat(body["window"]["from"])
    assert span == timedelta(days=365)
