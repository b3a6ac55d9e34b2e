"""Nobody who wrote or was written about can be found in any file of the data folder."""

from pathlib import Path

from tests.services.social.running import mention, running

CANARIES = [
    "chim.hoang.yen.314",
    "chim_xanh_159",
    "0912 345 678",
    "0912345678",
    "912345678",
    "yen.canary@example.com",
    "079203004455",
    "Hoàng Kim Yến",
]
TEXT = (
    "Mình là Hoàng Kim Yến, sđt 0912 345 678, mail yen.canary@example.com, cccd 079203004455, "
    "hỏi @chim_xanh_159 nhé. chim.hoang.yen.314 xin cảm ơn shop"
)


async def test_no_file_holds_handles_phones_mails_or_names(tmp_path: Path) -> None:
    author = {"handle": "@chim.hoang.yen.314"}
    async with running(tmp_path) as social:
        await social.send(
            mention("a1", TEXT, author=author, url="https://www.tiktok.com/@chim.hoang.yen.314/video/7"),
            mention("a2", TEXT, author=author, url="https://zalo.me/0912345678"),
            mention(
                "a3",
                "Hoàng Kim Yến đây, 0912345678",
                author={"handle": "Hoàng Kim Yến"},
                platform="google_maps",
            ),
            mention("a4", TEXT, author=author, platform="myspace"),
            mention("a5", TEXT, author=author, rating="chim_xanh_159"),
            {"id": "a6", "text": TEXT, "chim_xanh_159": 1, "platform": TEXT},
        )
        await social.settled()
        items = {item["id"]: item for item in (await social.get("/v1/mentions"))["items"]}
        assert items["a1"]["url"] == "https://www.tiktok.com/@-/video/7"
        assert items["a2"]["url"] is None
        assert items["a1"]["author"] == items["a2"]["author"]
        assert items["a1"]["author"] != items["a3"]["author"]
        seen = "".join(event.text for event in await social.published())
        assert "shop" in seen
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert any(path.name == "social.db" for path in files)
    held = b"".join(path.read_bytes() for path in files)
    for canary in CANARIES:
        assert canary.encode() not in held, canary
        assert canary.casefold().encode() not in held, canary
