"""The same service over a real PostgreSQL: every statement that is written differently there."""

from pathlib import Path

from tests.services.social.running import mention, running


async def test_a_day_of_listening(tmp_path: Path, postgres_url: str) -> None:
    async with running(tmp_path, database_url=postgres_url) as social:
        await social.send(*[mention(f"m{n}", "Mây Hiên giao nhanh, rất hài lòng") for n in range(50)])
        brand = await social.listen("Mây Hiên", "mây hiên")
        receipts = await social.send(
            mention("m1", "may hien giao chậm\0, quá tệ"),
            mention("m2", "Mây Hiên giao nhanh, rất hài lòng"),
            mention("m3", 3),
        )
        assert [receipt["status"] for receipt in receipts] == ["edited", "duplicate", "quarantined"]
        await social.settled()
        assert len(await social.published()) >= 50
        assert len({(event.mention_id, event.mention_version) for event in await social.published()}) == len(
            await social.published()
        )
        page = await social.get(f"/v1/mentions?topic={brand}&limit=30")
        rest = await social.get(f"/v1/mentions?topic={brand}&limit=30&cursor={page['next_cursor']}")
        assert len({item["id"] for item in page["items"] + rest["items"]}) == 50
        (angry,) = (await social.get("/v1/mentions?sentiment=negative&platform=facebook"))["items"]
        assert (angry["id"], angry["version"], angry["topics"]) == ("m1", 2, [brand])
        told = await social.get(f"/v1/social/insights?topic={brand}&from=2026-11-20&to=2026-11-20")
        (bucket,) = told["buckets"]
        assert (told["volume"], bucket["positive"], bucket["negative"]) == (50, 49, 1)
        assert (await social.get("/v1/topics"))["items"][0]["labelled"]
