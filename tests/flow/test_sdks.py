"""SDKs of others, as their packages ship them, against the whole platform."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from tests.flow.platforms import embedded
from tests.flow.shop import SDKS, Shop, needed, network

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]

YES = {"consent": {"categoryPreferences": {"service": True, "analytics": True}}}
ORDER = {
    "order_id": "DH-1",
    "currency": "VND",
    "total": 250_000,
    "products": [{"sku": "AO-01", "name": "Áo thun", "price": 125_000, "quantity": 2}],
}
KINDS = ["interaction", "interaction", "interaction", "profile", "profile", "transaction"]

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop on an embedded platform."""
    with embedded(tmp_path_factory.mktemp("sdks")) as platform:
        yield Shop.of(platform)


def segment(key: str, url: str, **more: Any) -> Any:
    """segment-analytics-python as a shop's server makes it."""
    return SegmentClient(key, host=url, gzip=True, max_retries=3, upload_interval=0.2, **more)


def rudder(key: str, url: str, **more: Any) -> Any:
    """rudder-sdk-python as a shop's server makes it."""
    return RudderClient(key, host=url, gzip=True, max_retries=3, upload_interval=0.2, **more)


PYTHON = pytest.mark.parametrize("make", [segment, rudder], ids=["segment", "rudder"])


def context() -> dict[str, Any]:
    """A context with consent; SDKs write into it, so that each call needs its own."""
    return {"consent": {"categoryPreferences": dict(YES["consent"]["categoryPreferences"])}}


def a_visit(client: Any, name: str) -> None:
    """A visitor who becomes known, and buys."""
    visitor, user = f"{name}-visitor", f"{name}-user"
    both = {"user_id": user, "anonymous_id": visitor}
    phone = {"segment": "0912 345 678", "rudder": "0913 456 789"}[name]
    client.page(anonymous_id=visitor, name="Home", properties={"path": "/"}, context=context())
    client.identify(**both, traits={"name": "Nguyễn Thị Ánh", "phone": phone}, context=context())
    client.track(**both, event="Product Viewed", properties={"sku": "AO-01"}, context=context())
    client.track(**both, event="Order Completed", properties=ORDER, context=context())
    client.screen(**both, name="Home", context=context())
    client.group(**both, group_id="co-7", traits={"name": "Công ty An Phát"}, context=context())
    client.alias(previous_id=f"{name}-older", user_id=user, context=context())


@PYTHON
def test_a_server_in_python_needs_another_address_only(shop: Shop, make: Make) -> None:
    name = make.__name__
    shop.source(name)
    failed: list[Any] = []
    client = make(
        shop.write_key(name)["write_key"], shop.base_url, on_error=lambda *told: failed.append(told)
    )
    a_visit(client, name)
    client.shutdown()
    assert failed == []
    assert shop.kinds(name) == KINDS
    found = {
        shop.person(external_id=f"{name}-user"),
        shop.person(anonymous_id=f"{name}-visitor"),
        shop.person(anonymous_id=f"{name}-older"),
    }
    assert len(found) == 1
    assert found != {None}


@PYTHON
def test_what_is_sent_again_is_stored_once(shop: Shop, make: Make) -> None:
    source = f"again-{make.__name__}"
    shop.source(source)
    with network(shop.base_url, "lost", "busy") as (address, seen):
        client = make(shop.write_key(source)["write_key"], address)
        client.track(user_id="u-again", event="Product Viewed", context=context())
        client.shutdown()
        assert seen.statuses == [503, 429, 200]
    assert shop.kinds(source) == ["interaction"]
    assert len(shop.records(source, status="duplicate")) == 1
    assert shop.records(source, status="conflict") == []


@PYTHON
def test_a_refused_key_is_not_tried_again(shop: Shop, make: Make) -> None:
    key = shop.write_key(f"revoked-{make.__name__}")
    status, _ = shop.ask("DELETE", f"/v1/write-keys/{key['id']}")
    assert status == 204
    failed: list[Any] = []
    with network(shop.base_url) as (address, seen):
        client = make(key["write_key"], address, on_error=lambda *told: failed.append(told))
        client.track(user_id="u", event="Product Viewed", context=context())
        client.shutdown()
        assert seen.statuses == [401]
    assert len(failed) == 1
    assert failed[0][0].code == "unauthenticated"


def test_a_server_on_node_needs_another_address_only(shop: Shop) -> None:
    node = needed("node")
    shop.source("node")
    with network(shop.base_url, "lost") as (address, seen):
        place = {"URL": address, "WRITE_KEY": shop.write_key("node")["write_key"]}
        ran = subprocess.run(
            [node, "server.mjs"],
            check=False,
            cwd=SDKS,
            env={**os.environ, **place},
            capture_output=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout) == seen.statuses == [503, 200]
    assert shop.kinds("node") == KINDS
    assert len(shop.records("node", status="duplicate")) == len(KINDS)
    found = {
        shop.person(external_id="node-user"),
        shop.person(anonymous_id="node-visitor"),
        shop.person(anonymous_id="node-older-visitor"),
        shop.person(phone="0987654321"),
    }
    assert len(found) == 1
    assert found != {None}
