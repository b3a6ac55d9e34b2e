"""The vault: everything personal sealed, revealed by one-time grants only, keys before data."""

import asyncio
import stat
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import new_id
from kernel.store.engine import Database
from services.ingest.errors import KeyGone
from services.ingest.identity.tables import subject
from services.ingest.records.tables import record as record_table
from services.ingest.vault.domain import InvalidTag, KeyEncryption, Place, seal, unseal
from services.ingest.vault.providers.listed import EnvironmentKeys, FileKeys
from services.ingest.vault.ring import Keyring
from services.ingest.vault.service import Vault
from services.ingest.vault.tables import data_key
from tests.privacy.canaries import PLANTED, leaks
from tests.running import until
from tests.services.ingest.harness import Running, about, record

KEYS = KeyEncryption(1, {1: b"k" * 32})
LISTED = '{"current": 1, "keys": {"1": "' + "11" * 32 + '"}}'
SUBJECT = {
    "identifiers": {"phone": "0912 345 678", "email": "TRAN@example.com", "national_id": "079190123456"},
    "attributes": {
        "full_name": "LÝ BẢO TRÂN",
        "date_of_birth": "1990-04-01",
        "address": {"line": "17 Ngõ Sơn Ca", "ward": "Phường 3", "province": "Huế"},
    },
}


def vault_in(folder: Path, limit: int = 1_000) -> Vault:
    ring = Keyring(Database(f"sqlite:///{folder / 'keyring.db'}"), EnvironmentKeys(LISTED))
    return Vault(ring, limit)


def test_an_envelope_opens_only_where_it_was_sealed() -> None:
    place, key = Place("s", "r", "default"), b"k" * 32
    sealed = seal(key, place, b"clear", b"n" * 12)
    assert unseal(key, place, sealed) == b"clear"
    for other in (Place("t", "r", "default"), Place("s", "q", "default"), Place("s", "r", "pos")):
        with pytest.raises(InvalidTag):
            unseal(key, other, sealed)


def test_a_wrapped_key_is_its_owners_alone() -> None:
    wrapped = KEYS.wrap_all({"a": b"k" * 32, "b": b"k" * 32})
    assert KEYS.unwrap("a", 1, wrapped["a"]) == b"k" * 32
    assert len(set(wrapped.values())) == 2
    with pytest.raises(InvalidTag):
        KEYS.unwrap("b", 1, wrapped["a"])


async def test_key_encryption_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    first = await FileKeys(tmp_path / "keys").fetch({1: b""})
    assert await FileKeys(tmp_path / "keys").fetch({1: b""}) == first
    assert stat.S_IMODE((tmp_path / "keys" / "kek.json").stat().st_mode) == 0o600
    assert EnvironmentKeys('{"current": 2, "keys": {"2": "' + "ab" * 32 + '"}}').first() == 2


@pytest.mark.parametrize(
    "document",
    [
        "{}",
        '{"current": 1, "keys": {}}',
        '{"current": 1, "keys": {"1": "ab"}}',
        "x",
        '{"current": 1, "keys": {"1": 1}}',
    ],
)
def test_unusable_key_encryption_keys_stop_the_start(tmp_path: Path, document: str) -> None:
    with pytest.raises(ValueError, match="key-encryption"):
        EnvironmentKeys(document)
    (tmp_path / "kek.json").write_text(document)
    with pytest.raises(ValueError, match="key-encryption"):
        FileKeys(tmp_path)


UUIDS = st.uuids().map(str)
PLACES = st.builds(
    Place,
    UUIDS,
    st.one_of(st.just(""), UUIDS),
    st.text(max_size=64),
    st.sampled_from(["record", "quarantine", "held"]),
)


@given(PLACES, PLACES, st.binary(min_size=12, max_size=12))
def test_no_envelope_opens_in_another_place(place: Place, other: Place, nonce: bytes) -> None:
    """Whatever is swapped: table, origin, record or source, alone or together."""
    sealed = seal(b"k" * 32, place, b"clear", nonce)
    assert unseal(b"k" * 32, place, sealed) == b"clear"
    if other != place:
        with pytest.raises(InvalidTag):
            unseal(b"k" * 32, other, sealed)


@given(PLACES, st.data())
def test_every_part_of_a_place_counts(place: Place, data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(["origin", "record_id", "source", "table"]))
    changed = msgspec.structs.replace(
        place, **{part: getattr(place, part) + data.draw(st.sampled_from(["|", "x", "|x"]))}
    )
    with pytest.raises(InvalidTag):
        unseal(b"k" * 32, changed, seal(b"k" * 32, place, b"clear", b"n" * 12))


async def test_keys_are_committed_before_they_are_given_out_and_stay_the_same(tmp_path: Path) -> None:
    vault, owners = vault_in(tmp_path), [new_id(), new_id()]
    keys = await vault.keys_for(owners, fresh={owners[0]})
    other = vault_in(tmp_path)
    assert await other.keys_for(owners) == keys
    await vault.keyring.close()
    await other.keyring.close()


async def test_a_destroyed_key_is_gone_for_good(tmp_path: Path) -> None:
    vault, owner = vault_in(tmp_path), new_id()
    place = Place(owner, "r", "default")
    sealed = vault.seal_all(await vault.keys_for([owner]), [(place, b"clear")])[0]
    assert await vault.open_sealed([(place, sealed)]) == [b"clear"]
    await vault.destroy([owner])
    with pytest.raises(KeyGone):
        await vault.open_sealed([(place, sealed)])
    assert await vault.keys_for([owner]) == {}
    await vault.keyring.close()


async def test_the_cache_of_keys_is_bounded(tmp_path: Path) -> None:
    vault = vault_in(tmp_path, limit=3)
    owners = [new_id() for _ in range(10)]
    keys = await vault.keys_for(owners, fresh=set(owners))
    assert len(vault._cache) == 3
    assert await vault.keys_for(owners) == keys
    await vault.keyring.close()


async def revealed(ingest: Running, who: str, *fields: str) -> dict[str, Any]:
    answer = await ingest.reveal(ingest.grant(who, *fields))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["fields"]
    return found


async def test_granted_fields_are_revealed_in_canonical_form(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record(subject=SUBJECT))
    who = receipt["subject_id"]
    assert await revealed(
        ingest, who, "phone", "email", "full_name", "address", "address.province", "passport"
    ) == {
        "phone": "+84912345678",
        "email": "tran@example.com",
        "full_name": "Lý Bảo Trân",
        "address": "17 Ngõ Sơn Ca, Phường 3, Huế",
        "address.province": "Huế",
    }
    assert await revealed(ingest, who) == {}


async def test_the_newest_value_of_each_field_is_revealed(ingest: Running) -> None:
    day = "2026-01-0{}T09:00:00+07:00".format
    (receipt,) = await ingest.accept(record(occurred_at=day(2), subject=SUBJECT))
    await ingest.accept(
        record(occurred_at=day(3), subject=about(phone="0912345678", email="moi@example.com")),
        record(occurred_at=day(1), subject=about(phone="0912345678", email="cu@example.com")),
    )
    found = await revealed(ingest, receipt["subject_id"], "email", "full_name")
    assert found == {"email": "moi@example.com", "full_name": "Lý Bảo Trân"}


async def test_a_grant_works_once(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record())
    grant = ingest.grant(receipt["subject_id"], "phone")
    assert (await ingest.reveal(grant)).status_code == 200
    again = await ingest.reveal(grant)
    assert again.status_code == 403
    assert again.json()["type"].endswith("/grant-refused")


async def test_forged_old_early_and_long_lived_grants_are_refused(ingest: Running) -> None:
    who = (await ingest.accept(record()))[0]["subject_id"]
    good = ingest.grant(who, "phone")
    refused = [
        "nonsense",
        good[:-4] + "AAAA",
        ingest.grant(who, "phone", made=time.time() - 6),
        ingest.grant(who, "phone", made=time.time() + 5),
        ingest.grant(who, "phone", life=60),
        ingest.grant(who, "phone", jti="x"),
        ingest.grant(who, "phone", fields="phone"),
    ]
    for grant in refused:
        assert (await ingest.reveal(grant)).status_code == 403


async def test_unknown_people_are_404_and_erased_ones_410(ingest: Running) -> None:
    assert (await ingest.reveal(ingest.grant(new_id(), "phone"))).status_code == 404
    who = (await ingest.accept(record()))[0]["subject_id"]
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.update(subject).where(subject.c.id == who).values(erased_at=1))
    assert (await ingest.reveal(ingest.grant(who, "phone"))).status_code == 410
    assert (await ingest.resolve(phone="0912345678"))["erased"] is True


async def test_records_of_erased_people_leave_nothing(ingest: Running) -> None:
    who = (await ingest.accept(record()))[0]["subject_id"]
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.update(subject).where(subject.c.id == who).values(erased_at=1))
    sent = record()
    assert await ingest.refuse(sent) == ["subject-erased"]
    assert (await ingest.client.get(f"/v1/records/{sent['id']}")).status_code == 404
    assert (await ingest.client.get("/v1/quarantine")).json()["items"] == []


async def test_a_destroyed_key_means_erased_even_to_a_restored_database(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record())
    rooms = ingest.app.state.rooms
    await rooms.vault.destroy([receipt["subject_id"]])
    assert await ingest.refuse(record()) == ["subject-erased"]


async def test_a_crash_after_the_keys_leaves_no_record_without_its_key(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = record()

    async def crash(*_: object) -> None:
        raise MemoryError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr("services.ingest.records.storing.publish", crash)
        answer = await ingest.client.post("/v1/records", json=sent)
    assert answer.status_code == 500
    database, keyring = ingest.app.state.chassis.database, ingest.app.state.rooms.vault.keyring
    async with database.snapshot() as data, keyring.snapshot() as keys:
        assert await data.scalar(sa.select(sa.func.count()).select_from(record_table)) == 0
        assert await keys.scalar(sa.select(sa.func.count()).select_from(data_key)) == 1
    (receipt,) = await ingest.accept(sent)
    async with keyring.snapshot() as keys:
        owners = (await keys.execute(sa.select(data_key.c.owner))).scalars().all()
    assert receipt["subject_id"] in owners


async def test_nothing_planted_is_readable_below_the_data_folder(ingest: Running) -> None:
    values = {canary.label: canary.value for canary in PLANTED}
    text = (
        f"Gọi {values['name in text']} số {values['phone in text']}, thư {values['email in text']}, "
        f"CCCD {values['national id in text']}"
    )
    who = {
        "identifiers": {
            "phone": values["phone"],
            "email": values["email"],
            "national_id": values["national id"],
            "social": {"facebook": values["handle"]},
        },
        "attributes": {
            "full_name": values["name"],
            "address": {"line": values["address"], "province": "Huế"},
        },
    }
    consented = record(
        "interview", subject=who, payload={"text": text, "rating": 5, "secret": values["phone"]}
    )
    sent: list[Any] = [
        consented,
        record("interaction", subject=who, payload={"name": "form", "properties": {"email": values["email"], "note": text}}),
        record("transaction", subject=who, payload={"order_id": values["phone"], "items": [{"name": text}]}),
        record("survey", subject=who, payload={"form": "f", "answers": {values["phone in text"]: text, "n": 912345987}}),
        record("referral", payload={"referred_identifiers": {"phone": values["phone in text"], "email": values["email in text"]}}),
        record(subject=who, consent=None),
        record(subject=who, channel=values["name"], source=values["phone"]),
        {"id": values["phone"], "kind": values["email"], "subject": who},
        {**consented, "payload": {"text": values["name in text"]}},
    ]  # fmt: skip
    await ingest.send(*sent)
    await ingest.events("records.accepted")
    files = [path for path in ingest.settings.data_dir.rglob("*") if path.is_file()]
    assert {"ingest.db", "log.db"} <= {path.name for path in files}
    for path in files:
        assert leaks(path.read_bytes()) == [], path.name


async def test_a_key_that_another_process_destroyed_leaves_this_ones_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.vault.service.FOLLOW_S", 0.01)
    here, elsewhere = vault_in(tmp_path), vault_in(tmp_path)
    kept, gone = new_id(), new_id()
    await here.keys_for([kept, gone])
    following = asyncio.create_task(here.follow_tombstones())
    await elsewhere.destroy([gone])

    async def is_gone() -> bool:
        return set(here._cache) == {kept}

    await until(is_gone)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    for one in (here, elsewhere):
        await one.keyring.close()
