"""What a browser may not collect: for another site's key, after a no, or against Global Privacy Control."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.flow.platforms import embedded
from tests.flow.shop import Shop, needed, pages

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip

SNIPPET = """<!doctype html><html lang="vi"><title>Shop</title><script>
window.analytics = [];
analytics._writeKey = "KEY"; analytics._cdn = "URL";
</script><script src="/sdk/standalone.js"></script>"""

BANNER = """<!doctype html><html lang="vi"><title>Shop</title><body><main>Shop</main>
<script src="URL/v1/projects/KEY/banner.js" data-sdk="/sdk/standalone.js" defer></script>"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop on an embedded platform."""
    needed("node")  # whose npm brings the SDK
    with embedded(tmp_path_factory.mktemp("browser")) as platform:
        yield Shop.of(platform)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = needed("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@contextmanager
def visit(
    browser: Browser, shop: Shop, key: str, html: str, script: str = ""
) -> Iterator[tuple[Page, list[str]]]:
    """A visitor's page of the shop's site, and the URLs that it asked for."""
    asked: list[str] = []
    with pages(shop=html.replace("KEY", key).replace("URL", shop.base_url)) as site:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        if script:
            page.add_init_script(script)
        page.goto(f"{site}/shop")
        try:
            yield page, asked
        finally:
            page.close()
    hosts = {urlsplit(url).netloc for url in asked}
    assert hosts <= {urlsplit(site).netloc, urlsplit(shop.base_url).netloc}


def sent(asked: list[str]) -> list[str]:
    """The tracking calls among what was asked for."""
    return [url for url in asked if urlsplit(url).path in {f"/v1/{letter}" for letter in "itpgsab"}]


def test_a_key_for_another_site_collects_nothing_here(shop: Shop, chromium: Browser) -> None:
    shop.source("elsewhere")
    key = shop.write_key("elsewhere", origins=["https://shop.example"])["write_key"]
    with visit(chromium, shop, key, SNIPPET) as (page, _):
        page.wait_for_function("window.analytics && analytics.initialized")
        with page.expect_response("**/v1/t") as answered:
            page.evaluate("() => { analytics.track('Product Viewed') }")
        assert answered.value.status == 403
    assert shop.records("elsewhere") == []


def test_a_no_is_a_no(shop: Shop, chromium: Browser) -> None:
    shop.source("refused")
    key = shop.write_key("refused")["write_key"]
    with visit(chromium, shop, key, BANNER) as (page, asked):
        page.get_by_role("button", name="Từ chối tất cả").click()
        page.reload()
        page.wait_for_function("window.chandungConsent")
        page.evaluate("() => { analytics.track('Product Viewed') }")
        page.wait_for_timeout(500)
        assert page.get_by_role("dialog").count() == 0
        assert sent(asked) == []
        assert not [url for url in asked if "/sdk/" in url]


def test_global_privacy_control_is_a_no_without_asking(shop: Shop, chromium: Browser) -> None:
    shop.source("objected")
    key = shop.write_key("objected")["write_key"]
    signal = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    with visit(chromium, shop, key, BANNER, signal) as (page, asked):
        page.wait_for_function("window.chandungConsent")
        page.evaluate("() => { analytics.track('Product Viewed') }")
        page.wait_for_timeout(500)
        assert page.get_by_role("dialog").count() == 0
        assert sent(asked) == []
