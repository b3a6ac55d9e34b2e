"""Sources are read as they speak: only what changed, page by page, patient with quotas, never into our own network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.social.connectors.errors import AddressRefused, BodyTooLarge
from services.social.connectors.fetching import MAX_BODY, Fetcher
from tests.running import body_of, until
from tests.services.social.connectors.source_server import SourceServer, source_server, told
from tests.services.social.running import Social, running

pytestmark = pytest.mark.enable_socket

FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Báo Hiên</title>
<item><guid>n1</guid><title>Mây Hiên khai trương</title><description>&lt;b&gt;Quán&lt;/b&gt; đông khách</description>
<link>https://news.example/n1</link><pubDate>Fri, 20 Nov 2026 03:00:00 GMT</pubDate></item>
<item><title>Không mã</title><description>Món mới ngon</description><link>https://news.example/n2</link></item>
</channel></rss>"""


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server() as spoken:
        yield spoken


def listening(folder: Path, server: SourceServer) -> Any:
    return running(
        folder,
        social_private_sources=True,
        social_youtube_url=server.url,
        social_graph_url=server.url,
    )


async def connect(social: Social, **outline: Any) -> str:
    body = {"name": "nguồn", "options": {}, "secrets": {}, **outline}
    reply = await social.ask("POST", "/v1/connectors", body, scopes=frozenset({"admin"}))
    assert reply.status == 201, reply.body
    return str(body_of(reply)["id"])


async def health(social: Social) -> dict[str, Any]:
    found: dict[str, Any] = (await social.get("/v1/connectors"))["items"][0]
    return found


async def read_again(social: Social, connector_id: str) -> None:
    reply = await social.ask("POST", f"/v1/connectors/{connector_id}/read", scopes=frozenset({"admin"}))
    assert reply.status == 202, reply.body


async def test_a_feed_is_read_once_and_then_only_where_it_changed(
    tmp_path: Path, server: SourceServer
) -> None:
    server.say(
        "/feed", (200, {"etag": '"v1"', "content-type": "application/rss+xml"}, FEED.encode()), (304, {}, b"")
    )
    async with listening(tmp_path, server) as social:
        connector_id = await connect(social, kind="rss", options={"url": server.url + "/feed"})
        await until(lambda: _taken(social, 2), within=20)
        await read_again(social, connector_id)
        await until(lambda: _asked(server, 2), within=20)
        await until(lambda: _well(social), within=20)
        items = (await social.get("/v1/mentions"))["items"]
    assert server.asked[1][2]["if-none-match"] == '"v1"'
    texts = {item["text"] for item in items}
    assert texts == {"Mây Hiên khai trương\nQuán đông khách", "Không mã\nMón mới ngon"}


async def test_youtube_pages_are_followed_with_the_key_in_a_header_and_no_author_kept(
    tmp_path: Path, server: SourceServer
) -> None:
    server.say("/commentThreads", _threads("c1", "p2"), _threads("c2", None))
    async with listening(tmp_path, server) as social:
        await connect(
            social, kind="youtube", options={"channel": "UCinvented"}, secrets={"api_key": "k-invented"}
        )
        await until(lambda: _taken(social, 2), within=20)
        shown = await health(social)
        items = (await social.get("/v1/mentions"))["items"]
    assert [query.get("pageToken") for _, query, _ in server.asked] == [None, "p2"]
    assert server.asked[0][2]["x-goog-api-key"] == "k-invented"
    assert all("k-invented" not in value for _, query, _ in server.asked for value in query.values())
    assert shown["terms"]["retention_days"] == 30
    assert [item["author"] for item in items] == [None, None]


async def test_a_used_up_quota_waits_for_the_next_day_and_says_so(
    tmp_path: Path, server: SourceServer
) -> None:
    fault = {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}
    server.say("/commentThreads", told(403, fault))
    async with listening(tmp_path, server) as social:
        await connect(social, kind="youtube", options={"video": "v1"}, secrets={"api_key": "k"})
        await until(lambda: _troubled(social), within=20)
        shown = await health(social)
    assert (shown["trouble"], shown["failures"]) == ("quota-reached", 1)
    assert len(server.asked) == 1


async def test_graph_pages_are_followed_without_the_token_in_the_address(
    tmp_path: Path, server: SourceServer
) -> None:
    following = f"{server.url}/77/feed?after=2&access_token=t-invented"
    first = {"data": [_post("p1", "Quán đẹp")], "paging": {"next": following}}
    server.say("/77/feed", first, {"data": [_post("p2", "Giao chậm")]})
    secrets = {"secret": "s", "verify_token": "v", "access_token": "t-invented"}
    async with listening(tmp_path, server) as social:
        await connect(social, kind="meta", options={"page": "77"}, secrets=secrets)
        await until(lambda: _taken(social, 2), within=20)
    assert ["access_token" in query for _, query, _ in server.asked] == [False, False]
    assert server.asked[1][2]["authorization"] == "Bearer t-invented"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:9/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/x",
        "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "file:///etc/passwd", "http://user:pw@93.184.216.34/", "http://192.168.1.1:80/",
    ],
)  # fmt: skip
async def test_our_own_network_is_never_asked(url: str) -> None:
    with pytest.raises(AddressRefused):
        await Fetcher().get(url)


async def test_a_redirect_into_our_own_network_is_refused(server: SourceServer) -> None:
    server.say("/hop", (302, {"location": "http://169.254.169.254/latest"}, b""))
    with pytest.raises(AddressRefused):
        await Fetcher(private=True).get(server.url + "/hop")


async def test_an_answer_without_end_is_dropped(server: SourceServer) -> None:
    server.say("/big", (200, {}, b"x" * (MAX_BODY + 1)))
    with pytest.raises(BodyTooLarge):
        await Fetcher(private=True).get(server.url + "/big")


async def _taken(social: Social, count: int) -> bool:
    return (await health(social))["taken"] == count


async def _asked(server: SourceServer, times: int) -> bool:
    return len(server.asked) >= times


async def _well(social: Social) -> bool:
    return (await health(social))["trouble"] is None


async def _troubled(social: Social) -> bool:
    return (await health(social))["trouble"] is not None


def _threads(comment: str, page: str | None) -> dict[str, Any]:
    snippet = {
        "textOriginal": f"bình luận {comment}",
        "publishedAt": "2026-11-20T03:00:00Z",
        "authorDisplayName": "@nguoi.la",
    }
    item = {"snippet": {"videoId": "v1", "topLevelComment": {"id": comment, "snippet": snippet}}}
    return {"items": [item], **({"nextPageToken": page} if page else {})}


def _post(native_id: str, text: str) -> dict[str, Any]:
    return {
        "id": native_id,
        "message": text,
        "created_time": "2026-11-20T03:00:00+0000",
        "from": {"id": "9001"},
        "permalink_url": "https://www.facebook.com/77/posts/1",
    }
