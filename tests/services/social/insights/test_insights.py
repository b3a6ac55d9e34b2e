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
        "spikes": [],
    }
    for query, status in (("topic=x", 404), ("bucket=hour", 422), ("from=1970-01-01&to=2026-01-01", 422)):
        reply = await social.ask("GET", f"/v1/social/insights?{query}")
        assert (reply.status, body_of(reply)["status"]) == (status, status)
