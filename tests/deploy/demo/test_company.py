"""The invented company: repeatable, of the public contract's outline, with the planted kinds and flaws."""

import json
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import mean
from typing import Any
from uuid import UUID

import pytest

from deploy.demo.company import ARCHETYPES, agreement_of, archetype_of, mentions, records, withdrawals
from deploy.demo.customers import invent_customers
from deploy.demo.fieldwork import CHEATS, FORGED
from deploy.demo.flaws import CHANGED, REPEATED

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
KINDS = {
    "profile",
    "interaction",
    "transaction",
    "survey",
    "interview",
    "attendance",
    "referral",
    "feedback",
    "market_note",
}
CHANNELS = frozenset({"web", "app", "form", "survey", "crm", "transaction", "event", "interview", "referral", "social_lead", "ads", "media", "call", "email", "competitor", "other"})  # fmt: skip
PURPOSES = {"service", "verification", "analytics", "profiling", "marketing", "research", "sharing", "legal"}
SPOILT = 10


@cache
def company() -> list[dict[str, Any]]:
    return list(records(now=NOW))


def sound() -> list[dict[str, Any]]:
    """Without the flaws at the end."""
    return company()[: -SPOILT - REPEATED - CHANGED]


def by_index(kind: str) -> dict[int, list[dict[str, Any]]]:
    """Sound records of a kind by customer, told by the identifiers that carry the index."""
    found = defaultdict(list)
    for record in sound():
        if record["kind"] == kind and (index := _index(record)) is not None:
            found[index].append(record)
    return found


def _index(record: dict[str, Any]) -> int | None:
    identifiers = record["subject"]["identifiers"]
    if identifiers.get("external_id", "").startswith("crm:KH"):
        return int(identifiers["external_id"].removeprefix("crm:KH"))
    cookie = identifiers.get("cookie_id")
    return int(cookie.removeprefix("ck-")) if cookie else None


def _mean_by_kind(kind: str, measure: Any) -> dict[str, float]:
    values = defaultdict(list)
    for index, found in by_index(kind).items():
        values[archetype_of(index)] += [measure(record) for record in found]
    return {name: mean(value for value in values[name] if value is not None) for name in ARCHETYPES}


def test_the_same_arguments_give_the_same_records_and_another_seed_or_moment_others() -> None:
    again = list(records(now=NOW))
    assert json.dumps(again) == json.dumps(company())
    ids = {record["id"] for record in sound()}
    assert ids.isdisjoint(
        record["id"] for record in list(records(now=NOW, seed=8))[: -SPOILT - REPEATED - CHANGED]
    )
    assert ids.isdisjoint(
        record["id"] for record in list(records(now=NOW + timedelta(days=1)))[: -SPOILT - REPEATED - CHANGED]
    )


def test_a_customer_is_the_same_in_a_smaller_company() -> None:
    few = {r["id"]: r for r in records(now=NOW, customers=50) if r["kind"] == "profile"}
    many = {r["id"]: r for r in sound()}
    shared = few.keys() & many.keys()
    assert len(shared) > 50
    assert sum(few[i] != many[i] for i in shared) == 0


def test_generation_takes_about_half_a_second() -> None:
    began = time.process_time()
    list(records(now=NOW))
    list(mentions(now=NOW))
    assert time.process_time() - began < 1.0  # aims at 0.5 s; the rest is room for a busy machine


def test_the_volume_is_that_of_a_small_company() -> None:
    counts = Counter(record["kind"] for record in sound())
    assert 8_000 <= len(company()) <= 10_000
    assert set(counts) == KINDS
    assert len({record["id"] for record in sound()}) == len(sound())
    assert counts["profile"] == 600 + 2 * FORGED + 8


def test_sound_records_have_the_outline_of_the_public_contract() -> None:
    for record in sound():
        assert str(UUID(record["id"])) == record["id"]
        assert record["kind"] in KINDS
        assert record["channel"] in CHANNELS
        at = datetime.fromisoformat(record["occurred_at"])
        assert NOW - timedelta(days=365) <= at <= NOW
        assert at.utcoffset() is not None
        assert ("subject" in record) == (record["kind"] != "market_note")
        assert record.get("subject", {"identifiers": {"any": 1}})["identifiers"]


def test_sound_consents_name_known_purposes_and_were_given_before_now() -> None:
    given = [record["consent"] for record in sound() if "consent" in record]
    assert len(given) > 550
    for consent in given:
        assert (consent["notice"], consent["version"]) == ("core", 1)
        assert set(consent["purposes"]) <= PURPOSES
        assert consent["purposes"]
        assert consent["proof"]
        assert datetime.fromisoformat(consent["captured_at"]) <= NOW


def test_amounts_add_up_in_whole_dong() -> None:
    for record in (r for r in sound() if r["kind"] == "transaction"):
        order = record["payload"]
        full = sum(item["quantity"] * item["unit_price"] for item in order["items"])
        assert isinstance(order["total"], int)
        assert order["total"] == full - order["discount"] > 0
        assert order["currency"] == "VND"


def test_a_customers_profile_comes_before_all_else_of_theirs() -> None:
    seen: set[int] = set()
    for record in (r for r in sound() if r["kind"] != "market_note"):
        index = _index(record)
        if record["kind"] == "profile" and index is not None:
            seen.add(index)
        assert index is None or index in seen


def test_nobody_shares_a_phone_or_an_email() -> None:
    seed, now = 7, NOW
    people = [customer.person for customer in invent_customers(600, seed=seed, now=now)]
    forged = {
        r["subject"]["identifiers"]["phone"] for r in sound() if r.get("collector", {}).get("id") in CHEATS
    }
    assert len({person["phone"] for person in people}) == len({person["email"] for person in people}) == 600
    assert forged.isdisjoint(person["phone"] for person in people)


def test_consents_are_a_realistic_mix() -> None:
    mix = Counter(agreement_of(index) for index in range(600))
    profiling = sum(n for purposes, n in mix.items() if "profiling" in purposes)
    assert 450 <= profiling <= 540
    assert 30 <= mix[("service",)] <= 80
    assert 8 <= mix[()] <= 35


def test_who_agreed_to_nothing_shows_no_consent_and_states_a_contract_at_most() -> None:
    nobody = {index for index in range(600) if not agreement_of(index)}
    theirs = [record for record in sound() if record["kind"] != "market_note" and _index(record) in nobody]
    assert len(theirs) > 100
    assert not any("consent" in record for record in theirs)
    based = [record for record in theirs if "basis" in record]
    assert based
    assert all(record["kind"] == "transaction" and record["basis"]["kind"] == "contract" for record in based)


def test_withdrawals_are_a_few_by_people_who_had_agreed() -> None:
    bodies = list(withdrawals())
    assert 5 <= len(bodies) <= 30
    assert bodies == list(withdrawals())
    assert any("purposes" not in body for body in bodies)
    for body in bodies:
        index = int(body["identifiers"]["external_id"].removeprefix("crm:KH"))
        assert set(body.get("purposes", ["marketing"])) <= set(agreement_of(index))


def test_every_customer_has_a_label_and_no_kind_is_rare() -> None:
    labels = Counter(archetype_of(index) for index in range(600))
    assert set(labels) == set(ARCHETYPES)
    assert min(labels.values()) >= 60


def test_kinds_differ_in_discount_basket_and_returns() -> None:
    discount = _mean_by_kind("transaction", lambda r: r["payload"]["discount"] > 0)
    basket = _mean_by_kind("transaction", lambda r: len(r["payload"]["items"]))
    returned = _mean_by_kind("transaction", lambda r: r["payload"]["returned"])
    assert discount["saver"] > 3 * discount["connoisseur"] > 0
    assert basket["homemaker"] > 1.6 * max(basket[name] for name in ARCHETYPES if name != "homemaker")
    assert returned["drifter"] > 2 * returned["connoisseur"]


def test_kinds_differ_in_attitude_channel_hours_and_loyalty() -> None:
    nps = _mean_by_kind("survey", lambda r: r["payload"]["answers"]["nps"])
    assert nps["connoisseur"] > nps["homemaker"] > nps["busy"] > nps["drifter"]
    app = _mean_by_kind("interaction", lambda r: r["channel"] == "app")
    assert app["busy"] > 2 * app["connoisseur"]
    late = _mean_by_kind("interaction", lambda r: int(r["occurred_at"][11:13]) in (22, 23, 0))
    assert late["busy"] > 3 * late["connoisseur"]
    last = {i: max(r["occurred_at"] for r in found) for i, found in by_index("interaction").items()}
    recent = (NOW - timedelta(days=120)).isoformat()
    active = {name: mean(last[i] > recent for i in last if archetype_of(i) == name) for name in ARCHETYPES}
    assert active["homemaker"] > 0.6
    assert active["drifter"] < 0.4


def test_nobody_is_a_copy_of_the_kind() -> None:
    orders = [len(found) for i, found in by_index("transaction").items() if archetype_of(i) == "busy"]
    assert max(orders) > 3 * min(orders)


def test_two_collectors_cheat_and_it_shows() -> None:
    taken = defaultdict(list)
    for record in sound():
        if "collector" in record:
            taken[record["collector"]["id"]].append(record)
    assert set(CHEATS) < set(taken)
    phones = [int(r["subject"]["identifiers"]["phone"]) for r in taken[CHEATS[0]] if r["kind"] == "profile"]
    assert phones == list(range(phones[0], phones[0] + FORGED))
    assert max(r["collector"]["duration_ms"] for r in taken[CHEATS[1]]) < 10_000
    honest = [r for staff, found in taken.items() if staff not in CHEATS for r in found]
    assert min(r["collector"]["duration_ms"] for r in honest) >= 60_000


def test_flaws_are_there_duplicates_conflicts_and_invalid_records() -> None:
    known = {record["id"]: record for record in sound()}
    flawed = company()[len(known) :]
    assert sum(known.get(record["id"]) == record for record in flawed) == REPEATED
    assert sum(record["id"] in known and known[record["id"]] != record for record in flawed) == CHANGED
    assert sum(record["id"] not in known for record in flawed) == SPOILT


def test_texts_come_in_all_writings_and_some_give_away_data() -> None:
    texts = [r["payload"]["text"] for r in sound() if r["kind"] == "feedback"]
    assert len(set(texts)) > 0.8 * len(texts)
    assert sum(text.isascii() for text in texts) > 30
    assert sum(" ko " in text or " mk " in text for text in texts) > 5
    assert sum("☕" in text or "😡" in text for text in texts) > 5
    assert sum("example." in text or "cccd" in text.lower() for text in texts) > 5


def test_a_moment_without_offset_and_too_large_a_company_are_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        list(records(now=datetime(2026, 1, 1)))  # noqa: DTZ001
    with pytest.raises(ValueError, match="at most"):
        list(records(now=NOW, customers=5001))
