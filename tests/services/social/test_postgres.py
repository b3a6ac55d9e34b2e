"""The same service over a real PostgreSQL: every statement that is written differently there."""

from pathlib import Path

import msgspec

from kernel.contracts.subjects import SubjectErased
from kernel.ids import new_id
from tests.happened import envelope
from tests.running import body_of, until
from tests.services.social.connectors.test_calls import connect, deliver, standard
from tests.services.social.imports.test_files import FIXTURES, upload
from tests.services.social.ingest import IngestDouble
from tests.services.social.models.test_correcting import act, finished, first
from tests.services.social.people.test_portraits import Scene
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


async def test_a_day_of_corrections_and_calls(tmp_path: Path, postgres_url: str) -> None:
    async with running(tmp_path, database_url=postgres_url) as social:
        made = await connect(social, "webhook", retention_days=7)
        body = msgspec.json.encode({"mentions": [mention(f"m{n}", f"hàng đẹp {n}") for n in range(30)]})
        reply = await deliver(social, made["url"], body, **standard(made["secret"], body))
        assert body_of(reply)["mentions"] == {"accepted": 30}
        gone = msgspec.json.encode({"removed": [{"platform": "facebook", "id": "m0"}]})
        reply = await deliver(social, made["url"], gone, **standard(made["secret"], gone))
        assert body_of(reply)["removed"] == 1
        await social.settled()
        one = (await first(social))["mention_id"]
        await act(social, f"/v1/mentions/{one}/dispute")
        assert len((await social.get("/v1/social/reviews?limit=1"))["items"]) == 1
        await act(social, f"/v1/mentions/{one}/labels", {"sentiment": "negative", "spam": "clean"})
        told = await finished(social, (await act(social, "/v1/social/reanalyses"))["job"])
        await social.settled()
        assert (told["state"], told["done"]) == ("done", 29)
        (read,) = (await social.get("/v1/mentions?sentiment=negative"))["items"]
        assert (read["mention_id"], read["version"]) == (one, 3)
        assert (await social.ask("POST", "/v1/social/models/shipped/activate")).status == 202
        alert = {"url": "https://hooks.example/spikes"}
        assert (
            await social.ask("POST", "/v1/social/alerts", alert, scopes=frozenset({"admin"}))
        ).status == 201
        assert len((await social.get("/v1/social/alerts"))["items"]) == 1
        assert (await social.get("/v1/connectors"))["items"][0]["taken"] == 30


async def test_a_life_in_portraits_and_a_file(tmp_path: Path, postgres_url: str) -> None:
    ingest = IngestDouble()
    async with running(tmp_path, database_url=postgres_url, ingest=ingest.app) as social:
        scene = Scene(social, ingest)
        await scene.consents()
        await social.send(mention("m1", "Đẹp lắm"), mention("m2", "Tệ", author={"handle": "nguoi.khac"}))
        await scene.portrayed(scene.person)
        await scene.consents(withdrawn=True)
        await scene.portrayed()
        await scene.consents()
        await scene.portrayed(scene.person)
        gone = SubjectErased(**envelope(scene.person), origins=(scene.person,), request_id=new_id())
        await scene.feed.send(gone)

        async def forgotten() -> bool:
            return len(await scene.ids()) == 1

        await until(forgotten)
        made = body_of(await upload(social, (FIXTURES / "tiki.csv").read_bytes()))
        assert (made["state"], made["accepted"]) == ("done", 2)
