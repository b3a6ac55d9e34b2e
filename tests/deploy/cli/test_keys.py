"""`chandung keys rotate` and what doctor says of the keys, against a platform's answers."""

import json
import sys
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from deploy.cli import keys, platform
from deploy.cli.main import main

Answer = Callable[[httpx2.Request], httpx2.Response]


def state(moved: int, *, total: int = 1_200, current: int = 2, orphans: int = 0) -> dict[str, Any]:
    """What `GET /v1/keys` says."""
    rotation = {"state": "done" if moved == total else "running", "total": total, "moved": moved}
    return {"provider": "file", "current": current, "orphans": orphans, "rotation": rotation}


def answered_by(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the CLI's client ask `answer` in place of the platform."""

    def client() -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url="http://platform", transport=httpx2.MockTransport(answer))

    monkeypatch.setattr(keys, "platform_client", client)
    monkeypatch.setattr(platform, "platform_client", client)
    monkeypatch.setattr(keys, "LOOK_S", 0.0)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["chandung", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_rotation_is_begun_once_and_watched_to_its_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    left = [state(0), state(400), state(800), state(1_200)]

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.path}")
        return httpx2.Response(202 if request.method == "POST" else 200, json=left.pop(0))

    answered_by(answer, monkeypatch)
    assert run(monkeypatch, "keys", "rotate") == 0
    assert asked == ["POST /v1/keys/rotate", *["GET /v1/keys"] * 3]
    shown = capsys.readouterr().out
    assert "Version 2 (file) wraps every new data key. 1,200 older ones were wrapped anew." in shown
    assert "1200/1200" in shown


def test_without_waiting_it_is_only_begun(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answered_by(lambda _: httpx2.Response(202, json=state(0)), monkeypatch)
    assert run(monkeypatch, "keys", "rotate", "--no-wait") == 0
    assert "wrapped anew" not in capsys.readouterr().out


def test_a_refusal_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"type": "https://chandung.dev/problems/key-missing", "detail": 'Add a key "2" to KEK.'}
    answered_by(lambda _: httpx2.Response(409, text=json.dumps(problem)), monkeypatch)
    assert run(monkeypatch, "keys", "rotate") == 1
    assert 'Add a key "2" to KEK.' in capsys.readouterr().err


def test_doctor_shows_version_provider_and_orphans(monkeypatch: pytest.MonkeyPatch) -> None:
    answered_by(lambda _: httpx2.Response(200, json=state(400, orphans=3)), monkeypatch)
    findings = {one.what: one for one in platform._keys()}
    assert findings["Encryption keys"].state == "version 2 by file, 400 of 1,200 data keys wrapped anew"
    assert (findings["Keys without data"].good, findings["Keys without data"].state) == (False, "3")
    assert not findings["Keys without data"].needed
    answered_by(
        lambda _: httpx2.Response(503, json={"detail": "HashiCorp Vault did not answer."}), monkeypatch
    )
    findings = {one.what: one for one in platform._keys()}
    assert "HashiCorp Vault did not answer." in findings["Encryption keys"].state
