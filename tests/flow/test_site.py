"""A shop's site in a real browser: the SDK as its package ships it, and the consent banner."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, sync_playwright

from tests.flow.platforms import embedded
from tests.flow.shop import Shop, needed, pages

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip

PLAIN = """<!doctype html><html lang="en"><title>Shop</title><script src="/sdk/index.js"></script><script>
const {AnalyticsBrowser} = window.AnalyticsNext
const sdk = AnalyticsBrowser.load({writeKey: "@KEY@", cdnURL: "@URL@"})
const done = (async () => {
  await sdk.page("Home")
  await sdk.identify("browser-user", {name: "Lê Thị Cúc", phone: "0905 111 222"})
  await sdk.track("Product Viewed", {sku: "AO-01"})
  await sdk.screen("Home")
  await sdk.group("co-7", {name: "Công ty An Phát"})
  await sdk.alias("browser-member", "browser-user")
  return (await sdk.user()).anonymousId()
})()
</script></html>"""

BANNER = """<!doctype html><html lang="vi"><head><title>Cửa hàng</title>
<script src="@URL@/v1/projects/@KEY@/banner.js" data-sdk="/sdk/standalone.js" defer></script></head>
<body><main><h1>Cửa hàng</h1></main></body></html>"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop on an embedded platform."""
    needed("chromium")
    with embedded(tmp_path_factory.mktemp("site")) as platform:
        yield Shop.of(platform)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=needed("chromium"), args=FLAGS)
        yield made
        made.close()


def watched(context: BrowserContext) -> list[str]:
    """Hosts that pages of this context ask; whatever leaves this machine is stopped, and told."""
    hosts: list[str] = []
    context.on("request", lambda request: hosts.append(urlsplit(request.url).hostname or ""))
    context.route(
        lambda url: urlsplit(url).hostname != "127.0.0.1", lambda route: route.abort("blockedbyclient")
    )
    return hosts


def test_the_browser_sdk_asks_nobody_else(shop: Shop, browser: Any) -> None:
    shop.source("site", "service", "analytics")
    key = shop.write_key("site")["write_key"]
    with pages(plain=PLAIN.replace("@KEY@", key).replace("@URL@", shop.base_url)) as site:
        context = browser.new_context()
        hosts = watched(context)
        page = context.new_page()
        page.goto(f"{site}/plain")
        visitor = page.evaluate("done")
        shop.wait_for("site", 5)
        context.close()
    assert set(hosts) == {"127.0.0.1"}
    assert shop.kinds("site") == ["interaction", "interaction", "interaction", "profile", "profile"]
    found = {
        shop.person(anonymous_id=visitor),
        shop.person(external_id="browser-user"),
        shop.person(phone="0905111222"),
    }
    assert len(found) == 1
    assert found != {None}


def test_nothing_is_collected_before_a_yes_nor_after_a_no(shop: Shop, browser: Any) -> None:
    shop.source("banner")
    key = shop.write_key("banner")["write_key"]
    with pages(banner=BANNER.replace("@KEY@", key).replace("@URL@", shop.base_url)) as site:
        context = browser.new_context(locale="vi-VN")
        hosts = watched(context)
        page = context.new_page()
        page.goto(f"{site}/banner")
        page.get_by_role("dialog").wait_for()
        assert page.get_by_role("checkbox", checked=True).count() == 0
        assert Axe().run(page).violations_count == 0
        page.evaluate("analytics.track('Before')")
        assert page.evaluate("document.querySelectorAll('script[src*=sdk]').length") == 0
        page.get_by_role("checkbox", name="Thống kê").check()
        page.get_by_role("button", name="Lưu lựa chọn").click()
        page.wait_for_timeout(1_500)  # what is asked passes through this thread
        (first,) = shop.wait_for("banner", 1)
        assert first["kind"] == "interaction"
        page.evaluate("analytics.track('After')")
        page.wait_for_timeout(500)
        shop.wait_for("banner", 2)
        page.evaluate("chandungConsent.open()")
        page.get_by_role("button", name="Từ chối tất cả").click()
        page.evaluate("analytics.track('Withdrawn')")
        page.wait_for_timeout(1_000)
        context.close()
    assert set(hosts) == {"127.0.0.1"}
    assert len(shop.records("banner")) == 2
