"""The numbers on a small planted set are the ones that can be counted by hand."""

from typing import Any

from tests.running import body_of
from tests.services.social.running import Social, mention

GOOD, BAD, ASK = "Mây Hiên giao hàng rất nhanh", "mây hiên giao hàng quá chậm", "mây hiên mở cửa mấy giờ?"


def _planted() -> list[dict[str, Any]]:
    said = [(day, GOOD) for day in range(1, 21) for _ in range(2)]
    said += [(21, BAD)] * 20 + [(21, ASK)]
    said += [(3, "Kho Bờ Rào giá tốt")] * 10
    return [
        mention(f"m{n}", text, published_at=f"2026-10-{day:02d}T00:30:00+07:00")
        for n, (day, text) in enumerate(said)
    ]


async def test_volume_buckets_voice_aspects_and_spikes(social: Social) -> None:
    brand = await social.listen("Mây Hiên", "mây hiên")
    rival = await social.listen("Kho Bờ Rào", "bờ rào", kind="competitor")
    await social.listen("Giao", "giao", kind="theme")
    await social.send(*_planted())
    await social.settled()
    told = await social.get(f"/v1/social/insights?topic={brand}&from=2026-10-01&to=2026-10-21&bucket=day")
    assert told["volume"] == 61
    assert len(told["buckets"]) == 21
    assert told["buckets"][0] == {
        "from": "2026-10-01T00:00:00+07:00",
        "n": 2,
        "positive": 2,
        "neutral": 0,
        "negative": 0,
    }
    assert told["buckets"][-1] == {
        "from": "2026-10-21T00:00:00+07:00",
        "n": 21,
        "positive": 0,
        "neutral": 1,
        "negative": 20,
    }
    voices = {voice["topic"]: voice for voice in told["share_of_voice"]}
    assert set(voices) == {brand, rival}
    assert voices[brand]["share"] == round(61 / 71, 4)
    assert voices[brand]["interval"] == [0.7598, 0.9217]
    (delivery,) = [aspect for aspect in told["aspects"] if aspect["aspect"] == "delivery"]
    assert (delivery["positive"], delivery["negative"]) == (40, 20)
    (spike,) = told["spikes"]
    assert (spike["date"], spike["n"], spike["expected"]) == ("2026-10-21", 21, 2.0)
    assert spike["because"][0] == {"aspect": "delivery", "polarity": "negative", "n": 20}


async def test_a_period_counts_only_what_lies_in_it(social: Social) -> None:
    brand = await social.listen("Mây Hiên", "mây hiên")
    await social.send(*_planted())
    await social.settled()
    told = await social.get(
        f"/v1/social/insights?topic={brand}&from=2026-10-20&to=2026-10-21T00:30:00%2B07:00"
    )
    assert [bucket["n"] for bucket in told["buckets"]] == [2, 0]
    everything = await social.get("/v1/social/insights")
    assert everything["volume"] == 71
    assert sum(bucket["n"] for bucket in everything["buckets"]) == 71


async def test_silence_is_no_error(social: Social) -> None:
    brand = await social.listen("Mây Hiên", "mây hiên")
    told = await social.get(f"/v1/social/insights?topic={brand}")
    assert told == {
        "volume": 0,
        "buckets": [],
        "share_of_voice": [{"topic": brand, "n": 0, "share": 0.0, "interval": [0.0, 1.0]}],
        "aspects": [],
        "authors": {"known": 0, "unknown_mentions": 0, "top_share": 0.0, "gini": 0.0},
        "unwanted": {"clean": 0, "spam": 0, "seeding": 0, "advert": 0},
        "comparison": None,
        "spikes": [],
    }
    for query, status in (("topic=x", 404), ("bucket=minute", 422), ("from=1970-01-01&to=2026-01-01", 422)):
        reply = await social.ask("GET", f"/v1/social/insights?{query}")
        assert (reply.status, body_of(reply)["status"]) == (status, status)


async def test_unwanted_texts_are_left_out_on_request_and_counted_beside(social: Social) -> None:
    brand = await social.listen("Mây Hiên", "mây hiên")
    advert = "Mây Hiên chuyên sỉ lẻ giá gốc, inbox ngay để nhận ưu đãi, tuyển cộng tác viên toàn quốc"
    await social.send(*_planted(), *[mention(f"a{n}", f"{advert} {n}") for n in range(5)])
    await social.settled()
    told = await social.get(f"/v1/social/insights?topic={brand}")
    clean = await social.get(f"/v1/social/insights?topic={brand}&clean=true")
    assert told["unwanted"]["advert"] == 5
    assert (told["volume"], clean["volume"]) == (66, 61)


async def test_a_spike_names_phrases_authors_and_links_and_two_periods_compare(social: Social) -> None:
    brand = await social.listen("Mây Hiên", "mây hiên")
    await social.send(*_planted())
    await social.settled()
    told = await social.get(
        f"/v1/social/insights?topic={brand}&from=2026-10-15&to=2026-10-21"
        "&compare_from=2026-10-01&compare_to=2026-10-14&bucket=week"
    )
    (spike,) = told["spikes"]
    assert any("chậm" in phrase["what"] for phrase in spike["phrases"])
    assert spike["authors"][0]["n"] == 21
    assert spike["links"][0]["n"] > 1
    assert spike["p_value"] < 1e-4
    negative = told["comparison"]["negative"]
    assert (told["comparison"]["volume_before"], told["volume"], negative["before"]) == (28, 33, 0.0)
    assert negative["interval"][0] > 0
    assert negative["p_value"] < 0.001
    assert [bucket["from"][:10] for bucket in told["buckets"]] == ["2026-10-12", "2026-10-19"]
    (delivery,) = [aspect for aspect in told["aspects"] if aspect["aspect"] == "delivery"]
    assert delivery["interval"][0] < delivery["blamed"] < delivery["interval"][1]
    assert delivery["voices"][0]["share"] == 1.0
    assert told["authors"]["top_share"] == 1.0
