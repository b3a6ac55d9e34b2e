"""The document shows a schema and a record of every kind, and each record is one that would be stored."""

from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator

from services.ingest.records.domain.wire import AnyRecord
from services.ingest.records.examples import example_of, named_examples
from services.ingest.records.schemas import wire_schemas
from tests.services.ingest.harness import Running, record

KINDS = [kind.__struct_config__.tag for kind in get_args(AnyRecord)]


def test_every_kind_has_its_example() -> None:
    assert sorted(named_examples()) == sorted(KINDS)


@pytest.mark.parametrize("kind", get_args(AnyRecord), ids=KINDS)
def test_an_example_is_of_its_own_schema(kind: Any) -> None:
    components = wire_schemas()
    schema = {"$ref": f"#/components/schemas/{kind.__name__}", "components": {"schemas": components}}
    (example,) = components[kind.__name__]["examples"]
    Draft202012Validator(schema).validate(example)
    with pytest.raises(Exception, match="required"):
        Draft202012Validator(schema).validate({"kind": example["kind"]})


async def test_examples_are_accepted_as_they_stand(ingest: Running) -> None:
    receipts = await ingest.accept(*map(example_of, KINDS))
    assert all("reasons" not in receipt for receipt in receipts)


async def test_the_document_shows_a_batch_of_them(ingest: Running) -> None:
    document = (await ingest.client.get("/openapi.json")).json()
    body = document["paths"]["/v1/records/batch"]["post"]["requestBody"]["content"]["application/json"]
    assert len(body["examples"]["batch"]["value"]["records"]) == len(KINDS)


async def test_repeated_records_are_listed_with_the_kind_of_the_stored_one(ingest: Running) -> None:
    sent, other = record("transaction"), record("profile")
    await ingest.accept(sent, other)
    await ingest.send(sent, other)
    query = {"status": "duplicate", "kind": "transaction"}
    (row,) = (await ingest.client.get("/v1/records", params=query)).json()["items"]
    assert (row["id"], row["kind"]) == (sent["id"], "transaction")
    assert row["subject_id"] is not None


def test_an_unknown_member_stays_allowed_by_the_schema() -> None:
    assert "additionalProperties" not in msgspec.json.encode(wire_schemas()["Profile"]).decode()
