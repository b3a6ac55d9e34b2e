"""Portraits in a real browser, over the demo company: every page accessible, in both languages, light and dark."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from deploy.demo.load import Size, load_into
from tests.flow.platforms import Embedded, credentials_of, embedded
from tests.flow.test_site import FLAGS

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]


def chromium() -> str:
    """The system's Chromium; where there is none the test is skipped, but never in CI."""
    found = shutil.which("chromium")
    if found is None and not os.environ.get("CI"):
        pytest.skip("needs chromium")
    return found or "chromium"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """An embedded platform with a small demo company's portraits."""
    chromium()
    with embedded(tmp_path_factory.mktemp("portraits")) as running:
        size = Size(customers=240, mentions=120)
        asyncio.run(load_into(running.data_dir, size=size, base_url=running.base_url))
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield made
        made.close()


def violations(page: Page) -> list[Any]:
    """What axe finds wrong with a page."""
    return [(found["id"], found["nodes"][0]["html"]) for found in Axe().run(page).response["violations"]]


@pytest.mark.parametrize(("lang", "scheme", "width"), [("vi", "light", 1280), ("en", "dark", 390)])
def test_the_pages_can_be_read_by_everybody_and_ask_nobody_else(
    platform: Embedded, browser: Browser, lang: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    hosts, wrong = set(), list[str]()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto(f"{platform.base_url}/personas?lang={lang}")
    assert violations(page) == []
    assert page.locator("a.portrait").count() >= 2
    page.locator("a.portrait").first.click()
    page.wait_for_selector("article")
    assert page.locator("html").get_attribute("lang") == lang
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert (hosts, wrong) == ({"127.0.0.1"}, [])
    context.close()


def test_people_s_own_words_are_for_who_signs_in(platform: Embedded, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{platform.base_url}/personas")
    page.locator("a.portrait").first.click()
    page.wait_for_selector("article")
    assert page.locator("blockquote").count() == 0
    page.get_by_text("Sign in to read").click()
    assert violations(page) == []
    operator = credentials_of(platform.data_dir)["operator"]
    page.fill("#client_id", operator["client_id"])
    page.fill("#client_secret", operator["client_secret"])
    page.click("button")
    page.wait_for_selector("article")
    assert page.get_by_text("Sign in to read").count() == 0
    context.close()
