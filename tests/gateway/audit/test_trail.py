"""The audit trail as it is kept: whoever touches the table is found out."""

import asyncio

import pytest
import sqlalchemy as sa

from gateway.audit.checkpoints import make_checkpoint
from gateway.audit.domain import Entry, Verdict
from gateway.audit.service import record, verify_trail
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of


async def fill(gateway: Gateway, count: int = 5) -> None:
    """Some entries of invented clients."""
    async with gateway.parts.database.transaction() as tx:
        entries = [Entry(f"client-{number}", "read", "allow", "test") for number in range(count)]
        await record(tx, gateway.parts.audit_key, entries)


async def tamper(gateway: Gateway, statement: str) -> None:
    """What somebody with access to the database could do."""
    async with gateway.parts.database.transaction() as tx:
        await tx.execute(sa.text(statement))


async def verdict(gateway: Gateway) -> dict[str, object]:
    """What the public door says."""
    return body_of(await gateway.ask("GET", "/v1/audit/verify", who="privacy_officer"))


async def verified(gateway: Gateway) -> Verdict:
    """What the recomputed trail says."""
    return await verify_trail(gateway.parts.database, gateway.parts.audit_key, gateway.parts.signing)


async def test_an_untouched_trail_holds(gateway: Gateway) -> None:
    await gateway.token("privacy_officer")
    await fill(gateway)
    found = await verdict(gateway)
    assert found["ok"] is True
    assert found["first_bad"] is None
    assert found["entries"] == 6


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET decision = 'deny' WHERE sequence = 3",
        "UPDATE audit_entry SET client_id = 'client-9' WHERE sequence = 3",
        "UPDATE audit_entry SET at = '2020-01-01 00:00:00.000000' WHERE sequence = 3",
        "UPDATE audit_entry SET fields = '[\"phone\"]' WHERE sequence = 3",
        "UPDATE audit_entry SET hash = zeroblob(32) WHERE sequence = 3",
    ],
)
async def test_a_changed_entry_is_named(gateway: Gateway, statement: str) -> None:
    await gateway.token("privacy_officer")
    await fill(gateway)
    third = (await gateway.audit())[-3]
    await tamper(gateway, statement)
    found = await verdict(gateway)
    assert (found["ok"], found["entries"], found["first_bad"]) == (False, 2, third["id"])


@pytest.mark.parametrize("sequence", [1, 3, 6])
async def test_an_entry_that_was_taken_out_is_missed_the_last_one_too(
    gateway: Gateway, sequence: int
) -> None:
    await gateway.token("privacy_officer")
    await fill(gateway)
    await tamper(gateway, f"DELETE FROM audit_entry WHERE sequence = {sequence}")
    assert (await verdict(gateway))["ok"] is False


async def test_the_end_cannot_be_moved_back_either(gateway: Gateway) -> None:
    await gateway.token("privacy_officer")
    await fill(gateway)
    await tamper(gateway, "DELETE FROM audit_entry WHERE sequence > 4")
    assert (await verdict(gateway))["ok"] is False


async def test_whoever_appends_at_once_makes_one_chain(gateway: Gateway) -> None:
    await asyncio.gather(*(fill(gateway, 3) for _ in range(10)))
    assert await verified(gateway) == Verdict(True, 30, None)


async def test_what_is_rolled_back_leaves_no_gap(gateway: Gateway) -> None:
    await fill(gateway)
    with pytest.raises(RuntimeError):
        async with gateway.parts.database.transaction() as tx:
            await record(tx, gateway.parts.audit_key, [Entry("x", "read", "allow", "never happened")])
            raise RuntimeError
    await fill(gateway)
    assert (await verified(gateway)).ok


async def test_only_those_who_oversee_may_read_it(gateway: Gateway) -> None:
    for path in ("/v1/audit", "/v1/audit/verify"):
        for who in ("partner", "collector"):
            assert refused(await gateway.ask("GET", path, who=who), 403, "scope-missing")


async def test_it_is_read_in_pages_and_by_who_did_what(gateway: Gateway) -> None:
    await gateway.token("privacy_officer")
    await fill(gateway, 7)
    seen: list[str] = []
    path = "/v1/audit?limit=3&action=read"
    while path:
        page = body_of(await gateway.ask("GET", path, who="privacy_officer"))
        assert len(page["items"]) <= 3
        seen += [item["client_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        path = f"/v1/audit?limit=3&action=read&cursor={cursor}" if cursor else ""
    assert seen == [f"client-{number}" for number in reversed(range(7))]
    mine = await gateway.audit(client_id="client-3")
    assert [entry["client_id"] for entry in mine] == ["client-3"]


async def test_a_trail_set_back_together_with_its_end_is_found_by_the_checkpoint_that_saw_more(
    gateway: Gateway,
) -> None:
    await fill(gateway, 3)
    async with gateway.parts.database.snapshot() as connection:
        earlier = (
            await connection.execute(sa.text("SELECT sequence, hash FROM audit_head WHERE chain = 1"))
        ).one()
    await fill(gateway, 3)
    assert await make_checkpoint(gateway.parts.database, gateway.parts.signing) == 1
    assert await make_checkpoint(gateway.parts.database, gateway.parts.signing) is None, (
        "nothing was written since"
    )
    assert await verified(gateway) == Verdict(True, 6, None, 1)
    async with gateway.parts.database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM audit_entry WHERE sequence > 3"))
        back = sa.text("UPDATE audit_head SET sequence = :s, hash = :h WHERE chain = 1")
        await tx.execute(back, {"s": earlier.sequence, "h": earlier.hash})
    found = await verified(gateway)
    assert (found.ok, found.trouble) == (False, "chain 1 is not what checkpoint 1 saw")


async def test_a_checkpoint_that_was_taken_out_is_missed(gateway: Gateway) -> None:
    for _ in range(3):
        await fill(gateway, 1)
        await make_checkpoint(gateway.parts.database, gateway.parts.signing)
    listed = body_of(await gateway.ask("GET", "/v1/audit/checkpoints", who="privacy_officer"))["items"]
    assert [one["number"] for one in listed] == [1, 2, 3]
    await tamper(gateway, "DELETE FROM audit_checkpoint WHERE number = 2")
    assert (await verified(gateway)).trouble == "checkpoint 2 was changed or taken out"


async def test_one_question_tells_who_read_which_fields_of_whom_for_what(gateway: Gateway) -> None:
    person = gateway.ingest.add(phone="+84912345678", full_name="Nguyễn Thị Ánh")
    await gateway.consent(person, "service")
    for _ in range(2):
        await gateway.ask("GET", f"/v1/subjects/{person}?purpose=service&fields=phone", who="operator")
    path = f"/v1/audit/reads?subject_id={person}"
    (told,) = body_of(await gateway.ask("GET", path, who="privacy_officer"))["items"]
    client = gateway.credentials["operator"]["client_id"]
    assert (told["client_id"], told["subject_id"], told["purpose"]) == (client, person, "service")
    assert (told["fields"], told["times"]) == (["phone"], 2)
