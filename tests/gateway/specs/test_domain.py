"""Merging documents, without I/O."""

import json
from pathlib import Path
from typing import Any

from gateway.clients.domain.grants import SCOPES
from gateway.edge.matching import Access, Route
from gateway.edge.routes import ROUTES
from gateway.specs.domain import TAGS, merged

FROZEN = Path(__file__).parents[3] / "docs" / "specs" / "openapi.json"


def document(upstream: str) -> dict[str, Any]:
    """A part's own document: every route of the table with other names in its paths, an internal door, components."""
    paths: dict[str, Any] = {
        "/internal/reveal": {"post": operation("reveal", "Secret")},
        "/v1/experimental": {"get": operation("experiment", "Secret")},
    }
    for route in ROUTES:
        if route.upstream == upstream:
            paths.setdefault(renamed(route), {})[route.method.lower()] = operation(f"{upstream}_op", "Item")
    schemas = {
        "Item": {"type": "object", "title": upstream, "properties": {"deep": ref("Deep")}},
        "Deep": {"oneOf": [ref("Item")], "discriminator": {"mapping": {"x": ref("Item")["$ref"]}}},
        "Secret": {"type": "object"},
        "Problem": {"type": "object"},
    }
    return {"paths": paths, "components": {"schemas": schemas}}


def renamed(route: Route) -> str:
    """The path with placeholders as a service might call them."""
    return route.path.replace("_id}", "_key}")


def ref(name: str) -> dict[str, str]:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def operation(name: str, answer: str) -> dict[str, Any]:
    """An operation as FastAPI writes it."""
    path_parameter = {"name": "subject_key", "in": "path", "required": True}
    return {
        "operationId": name,
        "security": [{"oauth2": ["internal"]}],
        "parameters": [path_parameter, {"name": "subject_key", "in": "query"}],
        "responses": {"200": {"content": {"application/json": {"schema": ref(answer)}}}},
    }


def whole() -> dict[str, Any]:
    """The merged document of five parts that document everything."""
    parts = ("ingest", "verify", "social", "persona", "gateway")
    return merged({name: document(name) for name in parts}, version="1")


def test_it_lists_what_the_table_says_and_nothing_else() -> None:
    listed = {(method.upper(), path) for path, ops in whole()["paths"].items() for method in ops}
    assert listed == {(route.method, route.path) for route in ROUTES}


def test_every_operation_says_what_it_takes_to_be_let_in() -> None:
    made = whole()
    for route in ROUTES:
        security = made["paths"][route.path][route.method.lower()]["security"]
        if route.access in (Access.OPEN, Access.SITE):
            assert security == []
            continue
        wanted = [{"oauth2": [scope]} for scope in route.scopes] or [{"oauth2": []}]
        assert security == wanted + (
            [{"writeKey": []}] if route.access in (Access.COLLECT, Access.TRACK) else []
        )
        responses = made["paths"][route.path][route.method.lower()]["responses"]
        assert {"401", "403", "429"} <= set(responses)
    flow = made["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow == {"tokenUrl": "/oauth/token", "scopes": SCOPES}


def test_path_parameters_bear_the_names_of_the_public_path_and_others_their_own() -> None:
    parameters = whole()["paths"]["/v1/subjects/{subject_id}/persona"]["get"]["parameters"]
    assert [(one["name"], one["in"]) for one in parameters] == [
        ("subject_id", "path"),
        ("subject_key", "query"),
    ]


def test_equal_names_of_two_parts_stay_two_and_every_reference_is_followed() -> None:
    schemas = whole()["components"]["schemas"]
    assert schemas["IngestItem"]["title"] == "ingest"
    assert schemas["SocialItem"]["title"] == "social"
    assert schemas["SocialDeep"]["oneOf"] == [ref("SocialItem")]
    assert schemas["SocialDeep"]["discriminator"]["mapping"] == {"x": ref("SocialItem")["$ref"]}


def test_what_only_internal_doors_use_is_left_out() -> None:
    text = str(whole())
    assert "Secret" not in text
    assert "internal" not in text
    assert "experiment" not in text


def test_a_part_that_documents_nothing_adds_nothing() -> None:
    made = merged({"ingest": {"paths": {}}, "social": document("social")}, version="1")
    assert {path.split("/")[2] for path in made["paths"]} <= {
        "mentions",
        "texts",
        "topics",
        "social",
        "connectors",
    }


def test_each_group_of_operations_is_described_in_both_languages() -> None:
    document = json.loads(FROZEN.read_text("utf-8"))
    used = {
        tag for path in document["paths"].values() for operation in path.values() for tag in operation["tags"]
    }
    assert used == set(TAGS) == {tag["name"] for tag in document["tags"]}
    assert all(" · " in text for text in TAGS.values())
