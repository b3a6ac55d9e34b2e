"""Promises of the development sender: whole files, private, one for each sending."""

import json
from pathlib import Path

import pytest

from services.verify.senders.outbox import OutboxSender
from services.verify.senders.port import CodeMessage, NotSent
from tests.services.verify.running import NOON

MESSAGE = CodeMessage("v1", 1, "+84912345678", "sms", "vi", "012345 là mã", "012345", NOON, "k1", "12:07")
PRICES = {"sms": 850, "voice": 600, "zalo": 300}


async def test_each_sending_is_one_private_file_and_no_draft_stays(tmp_path: Path) -> None:
    sender = OutboxSender(tmp_path / "outbox", PRICES)
    await sender.send(MESSAGE)
    await sender.send(MESSAGE._replace(attempt=2))
    paths = sorted((tmp_path / "outbox").iterdir())
    assert [path.name for path in paths] == ["v1-2.json", "v1.json"]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert json.loads(paths[1].read_text()) == {
        "verification_id": "v1",
        "to": "+84912345678",
        "channel": "sms",
        "locale": "vi",
        "text": "012345 là mã",
        "code": "012345",
        "sent_at": "2026-11-24T05:00:00Z",
    }


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file is in the way")
    with pytest.raises(NotSent):
        await OutboxSender(tmp_path / "outbox", PRICES).send(MESSAGE)


def test_it_carries_every_channel_at_the_price_that_the_settings_name() -> None:
    sender = OutboxSender(Path("outbox"), PRICES)
    assert [sender.price_vnd(channel) for channel in sender.channels] == [850, 600, 300]
