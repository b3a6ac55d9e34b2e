"""A mapping turns any document into records or into nothing, and never fails."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.webhooks.domain.hooks import Hook, HookSettings, Secrets, record_of
from services.ingest.webhooks.domain.mapping import Recipe, messages_in, mistakes_in, things_in
from services.ingest.webhooks.domain.pointers import at
from services.ingest.webhooks.domain.presets import PRESETS, preset
from services.ingest.webhooks.domain.values import CONVERSIONS, day, gender, moment, whole
from tests.services.ingest.webhooks.deliveries import (
    kiotviet_customer,
    kiotviet_invoice,
    shop_customer,
    shop_order,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def first(kind: str, document: Any, topic: str = "") -> dict[str, Any]:
    """The first record that a preset makes of a delivery."""
    hook = Hook("h", "shop", kind, HookSettings(basis="contract"), Secrets("s"))
    (name, message), *_ = messages_in(preset(kind), {f"x-{kind}-topic": topic}, document)
    things = things_in(preset(kind), name, message)
    assert things
    record: dict[str, Any] = json.loads(record_of(hook, things[0]))
    return record


@pytest.mark.parametrize("kind", PRESETS)
def test_presets_are_without_mistakes(kind: str) -> None:
    assert mistakes_in(preset(kind)) == []


def test_a_customer_of_kiotviet_is_a_profile() -> None:
    made = first("kiotviet", kiotviet_customer())
    assert made["subject"]["identifiers"] == {
        "external_id": "kiotviet:KH000123",
        "phone": "0912 000 111",
        "email": "ha.do@example.com",
    }
    told = made["subject"]["attributes"]
    assert (told["full_name"], told["gender"], told["date_of_birth"]) == ("Đỗ Thu Hà", "female", "1992-03-08")
    assert made["occurred_at"] == "2026-11-20T09:15:00.123456+07:00"
    assert made["basis"] == {"kind": "contract", "proof": "kiotviet:profile:810001"}


def test_an_invoice_of_kiotviet_is_a_transaction_in_whole_dong() -> None:
    made = first("kiotviet", kiotviet_invoice())
    assert made["payload"] == {
        "order_id": "HD000077", "total": 185_000, "currency": "VND", "discount": 15_000, "payment_method": "Cash",
        "returned": False,
        "items": [{"sku": "CF01", "name": "Cà phê sữa", "quantity": 2.0, "unit_price": 100_000}],
    }  # fmt: skip
    assert first("kiotviet", kiotviet_invoice(Status=2))["payload"]["returned"] is True


@pytest.mark.parametrize("kind", ["haravan", "sapo"])
def test_customers_and_orders_of_shops(kind: str) -> None:
    person = first(kind, shop_customer(), "customers/update")
    assert person["kind"] == "profile"
    assert person["subject"]["attributes"]["full_name"] == "Vũ Mai Lan"
    assert person["subject"]["attributes"]["address"] == {
        "line": "5 Lý Thường Kiệt", "ward": "Phường Cửa Nam", "province": "Hà Nội",
    }  # fmt: skip
    order = first(kind, shop_order(), "orders/paid")
    assert order["subject"]["identifiers"] == person["subject"]["identifiers"]
    assert (order["kind"], order["payload"]["total"], order["payload"]["order_id"]) == (
        "transaction",
        250_000,
        "#100077",
    )


def test_a_later_state_of_an_order_is_another_record_and_the_same_state_the_same() -> None:
    one = first("haravan", shop_order(), "orders/create")
    assert first("haravan", shop_order(), "orders/updated") == one
    later = first(
        "haravan",
        shop_order(updated_at="2026-11-21T02:00:01Z", cancelled_at="2026-11-21T02:00:00Z"),
        "orders/cancelled",
    )
    assert later["id"] != one["id"]
    assert later["payload"]["returned"] is True
    assert "returned" not in one["payload"]


@given(st.sampled_from(PRESETS), JSON)
def test_no_document_makes_a_preset_fail(kind: str, document: Any) -> None:
    topics = {"kiotviet": "", "haravan": "orders/create", "sapo": "customers/update"}
    for name, message in messages_in(preset(kind), {f"x-{kind}-topic": topics[kind]}, document):
        things_in(preset(kind), name, message)


@given(JSON)
def test_odd_members_never_make_a_known_thing_fail(odd: Any) -> None:
    hook = Hook("h", "shop", "kiotviet", HookSettings(), Secrets("s"))
    names = ["Name", "Gender", "BirthDate", "ContactNumber", "Address", "ModifiedDate", "Email"]
    document = kiotviet_customer(**dict.fromkeys(names, odd))
    for name, message in messages_in(preset("kiotviet"), {}, document):
        for thing in things_in(preset("kiotviet"), name, message) or ():
            json.loads(record_of(hook, thing))


@given(JSON, st.sampled_from(sorted(CONVERSIONS)))
def test_conversions_give_a_value_or_none(value: Any, name: str) -> None:
    json.dumps(CONVERSIONS[name](value), allow_nan=False)


@given(st.dictionaries(st.text(max_size=6), JSON, min_size=1, max_size=4))
def test_a_pointer_finds_what_it_was_made_for(document: dict[str, Any]) -> None:
    for key, value in document.items():
        assert at(document, "/" + key.replace("~", "~0").replace("/", "~1")) == value


def test_values_as_vietnam_writes_them() -> None:
    assert moment("2026-11-20T10:00:00") == "2026-11-20T10:00:00+07:00"
    assert day("1988-12-01T20:00:00Z") == "1988-12-02"
    assert (gender("Nữ"), gender(True), gender(0), gender("x")) == ("female", "male", "female", None)
    assert (whole("185000.00"), whole(12.6), whole("1e400"), whole(True)) == (185_000, 13, None, None)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"kind": "order"}, "/rules/0/kind"),
        ({"id": "id"}, "/rules/0/id"),
        ({"topics": []}, "/rules/0/topics"),
        ({"fields": {"subject.secret": {"at": ["/a"]}}}, "/rules/0/fields/subject.secret"),
        ({"fields": {"payload.total": {"at": ["a"]}}}, "/rules/0/fields/payload.total"),
        ({"fields": {"payload.total": {"at": ["/a"], "as": "money"}}}, "/rules/0/fields/payload.total/as"),
    ],
)
def test_mistakes_are_pointed_at(changed: dict[str, Any], where: str) -> None:
    rule = {"topics": ["*"], "kind": "profile", "channel": "crm", "id": "/id", "fields": {}}
    found = mistakes_in(msgspec.convert({"topic": "/t", "rules": [{**rule, **changed}]}, Recipe))
    assert [place for place, _ in found] == [where]
