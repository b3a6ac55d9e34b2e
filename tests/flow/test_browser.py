"""Segment's browser SDK, as its package ships it, and the consent banner, in headless Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
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

VISIT = """async () => {
  const yes = {context: {consent: {categoryPreferences: {service: true, analytics: true}}}};
  await analytics.page("Home", {}, yes);
  await analytics.identify("web-user", {name: "Phạm Thị Dung", phone: "0967 123 456"}, yes);
  await analytics.track("Order Completed", {order_id: "W-1", currency: "VND", total: 99000,
    products: [{sku: "AO-01", price: 99000, quantity: 1}]}, yes);
  await analytics.group("co-7", {name: "Công ty An Phát"}, yes);
  await analytics.alias("web-user", "web-older", yes);
  return (await analytics.user()).anonymousId();
}"""


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


def test_a_page_needs_another_address_only(shop: Shop, chromium: Browser) -> None:
    shop.source("web")
    key = shop.write_key("web")["write_key"]
    with visit(chromium, shop, key, SNIPPET) as (page, asked):
        page.wait_for_function("window.analytics && analytics.initialized")
        visitor: Any = page.evaluate(VISIT)
        shop.wait_for("web", 4)
        assert f"{shop.base_url}/v1/projects/{key}/settings" in asked
    assert shop.kinds("web") == ["interaction", "profile", "profile", "transaction"]
    found = {
        shop.person(anonymous_id=visitor),
        shop.person(external_id="web-user"),
        shop.person(phone="0967123456"),
    }
    assert len(found) == 1
    assert found != {None}


def test_a_key_for_another_site_collects_nothing_here(shop: Shop, chromium: Browser) -> None:
    shop.source("elsewhere")
    key = shop.write_key("elsewhere", origins=["https://shop.example"])["write_key"]
    with visit(chromium, shop, key, SNIPPET) as (page, _):
        page.wait_for_function("window.analytics && analytics.initialized")
        with page.expect_response("**/v1/t") as answered:
            page.evaluate("() => { analytics.track('Product Viewed') }")
        assert answered.value.status == 403
    assert shop.records("elsewhere") == []


def test_nothing_is_loaded_or_sent_before_a_yes(shop: Shop, chromium: Browser) -> None:
    shop.source("asked")
    key = shop.write_key("asked")["write_key"]
    with visit(chromium, shop, key, BANNER) as (page, asked):
        page.get_by_role("dialog").wait_for()
        page.evaluate("() => { analytics.track('Before') }")
        assert not [url for url in asked if "/sdk/" in url]
        page.get_by_role("checkbox", name="Thống kê").check()
        page.get_by_role("button", name="Lưu lựa chọn").click()
        shop.wait_for("asked", 1)
        page.evaluate("() => { analytics.track('After') }")
        shop.wait_for("asked", 2)
        page.reload()
        shop.wait_for("asked", 3)
        assert page.get_by_role("dialog").count() == 0
        page.evaluate("() => chandungConsent.open()")
        page.get_by_role("button", name="Từ chối tất cả").click()
        before = len(sent(asked))
        page.evaluate("() => { analytics.track('After a no') }")
        page.wait_for_timeout(500)
        assert len(sent(asked)) == before
    assert len(shop.records("asked")) == 3


def test_a_no_is_a_no(shop: Shop, chromium: Browser) -> None:
    key = shop.write_key("asked")["write_key"]
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
    key = shop.write_key("asked")["write_key"]
    signal = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    with visit(chromium, shop, key, BANNER, signal) as (page, asked):
        page.wait_for_function("window.chandungConsent")
        page.evaluate("() => { analytics.track('Product Viewed') }")
        page.wait_for_timeout(500)
        assert page.get_by_role("dialog").count() == 0
        assert sent(asked) == []
