"""The page of people's rights on a phone, in a real browser, over the whole platform: without a script, by keyboard too."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from kernel.ids import new_id
from tests.flow.platforms import Embedded, credentials_of, embedded
from tests.flow.test_site import FLAGS

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]

PHONE, CCCD = "0912345673", "079190000018"
PHONE_SCREEN = {"width": 360, "height": 740}


def chromium() -> str:
    """The system's Chromium; the tests are skipped where there is none, but not in CI."""
    found = shutil.which("chromium")
    if found is None and not os.environ.get("CI"):
        pytest.skip("chromium is missing")
    assert found, "chromium is missing"
    return found


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A platform that met one invented person."""
    chromium()
    with embedded(tmp_path_factory.mktemp("page")) as running:
        meet(running)
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield made
        made.close()


def token_of(platform: Embedded, role: str) -> dict[str, str]:
    """The header of a first client."""
    client = credentials_of(platform.data_dir)[role]
    form = {
        "grant_type": "client_credentials",
        **{key: client[key] for key in ("client_id", "client_secret")},
    }
    answer = httpx2.post(f"{platform.base_url}/oauth/token", data=form, timeout=30)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def meet(platform: Embedded) -> None:
    """Collect a record of the person."""
    now = datetime.now(UTC).isoformat()
    consent = {"notice": "core", "version": 1, "purposes": ["service", "marketing"], "method": "form"}
    record = {
        "id": new_id(), "channel": "form", "kind": "profile", "occurred_at": now, "payload": {},
        "subject": {
            "identifiers": {"phone": PHONE, "national_id": CCCD, "email": "mo.ly.invented@example.com"},
            "attributes": {"full_name": "Lý Thị Mơ", "gender": "female"},
        },
        "consent": {**consent, "captured_at": now, "proof": new_id()},
    }  # fmt: skip
    head = token_of(platform, "collector")
    answer = httpx2.post(f"{platform.base_url}/v1/records", json=record, headers=head, timeout=30)
    assert answer.json()["status"] == "accepted", answer.text


def newest_code(platform: Embedded, after: set[Path]) -> str:
    """The code of the message that was put into the outbox since."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        fresh = sorted(set((platform.data_dir / "outbox").glob("*.json")) - after)
        if fresh:
            code: str = json.loads(fresh[-1].read_text("utf-8"))["code"]
            return code
        time.sleep(0.05)
    raise AssertionError("no code was sent")


def accessible(page: Page, shots: Path, name: str) -> None:
    """No violation that axe knows, nothing wider than the screen; and a picture for who looks."""
    page.screenshot(path=shots / f"{name}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE_SCREEN["width"], f"{name} is {width} wide"


def test_a_person_signs_in_sees_decides_and_asks(platform: Embedded, browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(viewport=PHONE_SCREEN, locale="vi-VN")
    page, before = context.new_page(), set((platform.data_dir / "outbox").glob("*.json"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{platform.base_url}/privacy")
    accessible(page, tmp_path, "1-phone")
    page.get_by_label("Số điện thoại của bạn").fill(PHONE)
    page.keyboard.press("Enter")
    accessible(page, tmp_path, "2-code")
    page.get_by_label("Mã gồm sáu chữ số").fill(newest_code(platform, before))
    page.get_by_role("button", name="Vào xem").click()
    accessible(page, tmp_path, "3-second")
    assert page.get_by_text("Chúng tôi đang giữ", exact=True).count() == 0, "nobody proved this number before"
    page.get_by_label("Loại thông tin").select_option("national_id")
    page.get_by_label("Số trên giấy tờ hoặc mã khách hàng").fill(CCCD)
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_role("heading", name="Chúng tôi đang giữ").wait_for()
    accessible(page, tmp_path, "4-overview")
    assert "Lý Thị Mơ" not in page.content()
    page.get_by_label("gửi tin tiếp thị").uncheck()
    page.get_by_role("button", name="Lưu lựa chọn").click()
    page.get_by_role("status").wait_for()
    assert not page.get_by_label("gửi tin tiếp thị").is_checked()
    page.get_by_label("Xoá dữ liệu của tôi").check()
    page.get_by_role("button", name="Gửi yêu cầu").click()
    page.get_by_text("Xoá dữ liệu của tôi: đã nhận").wait_for()
    page.get_by_role("link", name="English").click()
    page.emulate_media(color_scheme="dark")
    page.get_by_role("heading", name="Who has seen it").wait_for()
    accessible(page, tmp_path, "5-english-dark")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Send me a code").wait_for()
    context.close()
    assert {url.removeprefix(platform.base_url).partition("?")[0].partition("/")[2] for url in asked} <= {
        "privacy", "privacy/code", "privacy/sign-in", "privacy/second", "privacy/consents", "privacy/requests",
        "privacy/sign-out", "favicon.ico",
    }  # fmt: skip
    head = token_of(platform, "privacy_officer")
    queue = httpx2.get(f"{platform.base_url}/v1/privacy-requests", headers=head, timeout=30).json()["items"]
    assert [(one["type"], one["state"]) for one in queue] == [("erase", "received")]


def test_without_scripts_the_page_is_the_same(platform: Embedded, browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(viewport=PHONE_SCREEN, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{platform.base_url}/privacy?lang=en")
    page.get_by_label("Your phone number").fill("0987 000 111")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_text("The code was sent").wait_for()
    context.close()
