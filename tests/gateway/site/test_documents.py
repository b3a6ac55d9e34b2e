"""What a site loads names this platform and nobody else."""

import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.site.domain import OFFERED, PLACE, banner_script, settings_document
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

BASE = "http://127.0.0.1:8080"


async def test_settings_lead_the_sdk_here_and_only_here(gateway: Gateway) -> None:
    key = gateway.credentials["collector"]["write_key"]
    reply = await gateway.ask(
        "GET", f"/v1/projects/{key}/settings", headers={"Origin": "https://shop.example"}
    )
    ours = body_of(reply)["integrations"]["Segment.io"]
    assert list(body_of(reply)["integrations"]) == ["Segment.io"]
    assert (ours["protocol"], ours["apiHost"], ours["apiKey"]) == ("http", "127.0.0.1:8080/v1", key)
    assert body_of(reply)["metrics"]["sampleRate"] == 0
    assert dict(reply.headers)[b"access-control-allow-origin"] == b"*"
    assert b"segment.com" not in reply.body


async def test_an_unknown_key_has_no_documents(gateway: Gateway) -> None:
    key = gateway.credentials["collector"]["write_key"]
    for path in ("/v1/projects/cdw_no/settings", "/v1/projects/cdw_no/banner.js"):
        assert refused(await gateway.ask("GET", path), 404, "not-found")
    assert refused(await gateway.ask("GET", f"/v1/projects/{key}/banner.js?notice=no"), 404, "not-found")


async def test_the_banner_asks_what_the_newest_notice_says(gateway: Gateway) -> None:
    key = gateway.credentials["collector"]["write_key"]
    notice = {
        "key": "shop",
        "purposes": ["service", "analytics"],
        "text": {"vi": "Chào </script>", "en": "Hello"},
    }
    for _ in range(2):
        assert (await gateway.ask("POST", "/v1/notices", notice, who="operator")).status == 201
    reply = await gateway.ask("GET", f"/v1/projects/{key}/banner.js?notice=shop")
    assert dict(reply.headers)[b"content-type"].startswith(b"text/javascript")
    assert b"</script>" not in reply.body
    assert PLACE.encode() not in reply.body
    found = re.search(rb"var config = (\{.*\});", reply.body)
    assert found
    config = msgspec.json.decode(found[1])
    assert (config["notice"], config["version"]) == ("shop", 2)
    assert config["purposes"] == ["service", "analytics"]
    assert config["text"] == notice["text"]


@given(st.text(), st.lists(st.sampled_from([*OFFERED, "legal", "sharing"])), st.text())
def test_no_text_leaves_the_banners_configuration(key: str, purposes: list[str], text: str) -> None:
    made = banner_script(
        f"var config = {PLACE};",
        write_key=key,
        base_url=BASE,
        notice="core",
        version=1,
        purposes=purposes,
        text={"vi": text, "en": text},
    )
    assert "<" not in made
    config = msgspec.json.decode(made.removeprefix("var config = ").removesuffix(";"))
    assert config["writeKey"] == key
    assert config["text"]["vi"] == text
    assert set(config["purposes"]) == set(purposes) & set(OFFERED)


@given(st.sampled_from(["http://127.0.0.1:8080", "https://data.shop.example"]))
def test_every_address_in_the_settings_is_ours(base: str) -> None:
    document = settings_document("cdw_x", base)
    host = base.split("://")[1]
    assert document["integrations"]["Segment.io"]["apiHost"] == document["metrics"]["host"] == f"{host}/v1"
