"""A planted spike is told, signed and explained, once; ordinary days are quiet."""

import base64
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.running import body_of, until
from tests.services.social.connectors.source_server import SourceServer, source_server, told
from tests.services.social.running import Social, mention, running

pytestmark = pytest.mark.enable_socket
ADMIN = frozenset({"admin"})


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server() as spoken:
        yield spoken


async def watch(social: Social, url: str, **more: Any) -> dict[str, Any]:
    reply = await social.ask("POST", "/v1/social/alerts", {"url": url, **more}, scopes=ADMIN)
    assert reply.status == 201, reply.body
    return body_of(reply)


async def ordinary_days(social: Social) -> None:
    now = datetime.now(UTC)
    days = [(now - timedelta(days=n)).isoformat() for n in range(1, 40)]
    said = [
        mention(f"d{n}x{k}", f"hàng ổn {n} {k}", published_at=day)
        for n, day in enumerate(days)
        for k in range(6)
    ]
    await social.send(*said)


async def alert_of(social: Social) -> dict[str, Any]:
    found: dict[str, Any] = (await social.get("/v1/social/alerts"))["items"][0]
    return found


async def test_a_spike_is_told_once_signed_and_explained(tmp_path: Path, server: SourceServer) -> None:
    server.say("/spikes", told(200, {}))
    async with running(tmp_path, social_private_sources=True) as social:
        await ordinary_days(social)
        moment = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
        burst = [mention(f"s{n}", f"mây hiên giao chậm quá {n}", published_at=moment) for n in range(150)]
        await social.send(*burst)
        await social.settled()
        made = await watch(social, server.url + "/spikes", cooldown_hours=1)
        await until(lambda: _told(social), within=20)
    (body,) = server.bodies
    (_, _, headers) = server.asked[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert headers["webhook-signature"] == expected
    event = msgspec.json.decode(body)
    spike = event["data"]["spike"]
    assert (event["type"], event["data"]["alert"]) == ("social.spike", made["id"])
    assert spike["n"] >= 150
    assert any("giao cham" in one["what"] or "giao chậm" in one["what"] for one in spike["phrases"])
    assert "authors" not in spike


async def test_a_receiver_that_fails_is_tried_again_later(tmp_path: Path, server: SourceServer) -> None:
    server.say("/spikes", told(503, {}))
    async with running(tmp_path, social_private_sources=True) as social:
        await ordinary_days(social)
        moment = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
        await social.send(*[mention(f"s{n}", f"tệ quá {n}", published_at=moment) for n in range(150)])
        await social.settled()
        await watch(social, server.url + "/spikes")
        await until(lambda: _troubled(social), within=20)
        shown = await alert_of(social)
    assert (shown["trouble"], shown["failures"], shown["told_at"]) == ("status-503", 1, None)


async def test_ordinary_days_are_quiet(tmp_path: Path, server: SourceServer) -> None:
    async with running(tmp_path, social_private_sources=True) as social:
        await ordinary_days(social)
        await social.settled()
        await watch(social, server.url + "/spikes")
        watcher = next(
            job.__self__ for job in social.app.state.chassis.jobs if type(job.__self__).__name__ == "Watcher"
        )
        await until(lambda: _looked(watcher), within=20)
    assert server.bodies == []


async def test_an_alert_can_be_closed_and_wants_a_web_address(tmp_path: Path) -> None:
    async with running(tmp_path) as social:
        assert (await social.ask("POST", "/v1/social/alerts", {"url": "ftp://x"}, scopes=ADMIN)).status == 422
        made = await watch(social, "https://hooks.example/spikes")
        assert (await social.ask("POST", f"/v1/social/alerts/{made['id']}/close", scopes=ADMIN)).status == 204
        assert (await social.ask("POST", f"/v1/social/alerts/{made['id']}/close", scopes=ADMIN)).status == 404
        assert (await alert_of(social))["enabled"] is False


async def _told(social: Social) -> bool:
    return (await alert_of(social))["told_at"] is not None


async def _troubled(social: Social) -> bool:
    return (await alert_of(social))["trouble"] is not None


async def _looked(watcher: Any) -> bool:
    """Whether nothing is due any more: the alert was looked at."""
    return not await watcher.look_once()
